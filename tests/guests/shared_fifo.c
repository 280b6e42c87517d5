// A FIFO between processes that opened it on their own, with data on the way, and opens that wait for the other side.
#include "family.h"

static void name(char *path, const char *which)
{
    snprintf(path, 300, "%s.%s", guest_go_path, which);
    MUST(mkfifo(path, 0600));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    char used[300], waited[300], content[30000], found[30000];
    name(used, "used");
    name(waited, "waited");
    guest_pattern(content, sizeof content, 1);
    pid_t reader = family_fork();
    if (reader == 0) {
        int fd = MUST(open(used, O_RDONLY));
        CHECK(read(fd, found, 10) == 10, "read: %s", strerror(errno));
        family_member_wait();
        for (size_t got = 10; got < sizeof content;) {
            ssize_t count = read(fd, found + got, sizeof found - got);
            CHECK(count > 0, "%zd after %zu: %s", count, got, strerror(errno));
            got += count;
        }
        CHECK(memcmp(found, content, sizeof content) == 0, "the data is damaged");
        CHECK(read(fd, found, 1) == 0, "the FIFO does not end");
        _exit(0);
    }
    pid_t writer = family_fork();
    if (writer == 0) {
        int fd = MUST(open(used, O_WRONLY));
        CHECK(write(fd, content, 20000) == 20000, "write: %s", strerror(errno));
        family_member_wait();
        CHECK(write(fd, content + 20000, 10000) == 10000, "write: %s", strerror(errno));
        _exit(0);
    }
    // Waits in open until there is a writer.
    pid_t waiter = family_fork();
    if (waiter == 0) {
        family_member_ready();
        int fd = MUST(open(waited, O_RDONLY));
        CHECK(read(fd, found, 10) == 4 && memcmp(found, "late", 4) == 0, "read: %s", strerror(errno));
        _exit(0);
    }
    family_run(3);
    int fd = MUST(open(waited, O_WRONLY));
    CHECK(write(fd, "late", 4) == 4, "write: %s", strerror(errno));
    family_reap(reader, 0);
    family_reap(writer, 0);
    family_reap(waiter, 0);
    unlink(used);
    unlink(waited);
    return guest_pass();
}
