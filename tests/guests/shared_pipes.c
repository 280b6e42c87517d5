// Pipes between processes: full, with a writer that waits; without reader; without writer; with packets; three commands
// in a row.
#include "family.h"

enum { BIG = 300000, SIZE = 8192 };

static char content[BIG], found[BIG];

static void read_all(int fd, size_t size, const char *what)
{
    for (size_t got = 0; got < size;) {
        ssize_t count = read(fd, found + got, size - got);
        CHECK(count > 0, "%s: %zd after %zu of %zu: %s", what, count, got, size, strerror(errno));
        got += count;
    }
    CHECK(memcmp(found, content, size) == 0, "%s is damaged", what);
    CHECK(read(fd, found, 1) == 0, "%s does not end", what);
}

// Writes more than fits and waits in the call.
static pid_t blocked_writer(int fds[2], int *out)
{
    MUST(pipe(fds));
    MUST(fcntl(fds[1], F_SETPIPE_SZ, SIZE));
    pid_t pid = family_fork();
    if (pid == 0) {
        close(fds[0]);
        family_member_ready();
        ssize_t written = write(fds[1], content, BIG);
        CHECK(written == BIG, "a write that waited: %zd of %d: %s", written, BIG, strerror(errno));
        _exit(0);
    }
    close(fds[1]);
    *out = fds[0];
    return pid;
}

// Holds the write end of a pipe whose readers are gone.
static pid_t broken_writer(bool ignore)
{
    int fds[2];
    MUST(pipe(fds));
    pid_t pid = family_fork();
    if (pid == 0) {
        close(fds[0]);
        signal(SIGPIPE, ignore ? SIG_IGN : SIG_DFL);
        family_member_wait();
        CHECK(write(fds[1], "x", 1) < 0 && errno == EPIPE, "a pipe without readers takes data");
        _exit(0);
    }
    close(fds[0]);
    close(fds[1]);
    return pid;
}

// Reads what was written by somebody who has ended.
static pid_t orphaned_reader(size_t size)
{
    int fds[2];
    MUST(pipe(fds));
    pid_t writer = family_fork();
    if (writer == 0) {
        CHECK(write(fds[1], content, size) == (ssize_t)size, "write: %s", strerror(errno));
        _exit(0);
    }
    family_reap(writer, 0);
    pid_t pid = family_fork();
    if (pid == 0) {
        close(fds[1]);
        family_member_wait();
        read_all(fds[0], size, "what an ended process wrote");
        _exit(0);
    }
    close(fds[0]);
    close(fds[1]);
    return pid;
}

static pid_t packet_reader(int *out)
{
    int fds[2];
    MUST(pipe2(fds, O_DIRECT));
    pid_t pid = family_fork();
    if (pid == 0) {
        close(fds[1]);
        family_member_wait();
        const size_t sizes[] = {3, 4096, 1, 10};
        for (int i = 0; i < 4; i++) {
            ssize_t got = read(fds[0], found, sizeof found);
            CHECK(got == (ssize_t)sizes[i], "packet %d has %zd bytes instead of %zu", i, got, sizes[i]);
        }
        CHECK(read(fds[0], found, 1) == 0, "there are more packets");
        _exit(0);
    }
    CHECK(write(fds[1], content, 3) == 3 && write(fds[1], content, 4096) == 4096 && write(fds[1], content, 1) == 1,
          "write: %s", strerror(errno));
    *out = fds[1];
    close(fds[0]);
    return pid;
}

// Adds one to each byte that passes.
static void filter(int in, int out)
{
    unsigned char bytes[777];
    ssize_t got;
    while ((got = read(in, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            bytes[i]++;
        CHECK(write(out, bytes, got) == got, "write: %s", strerror(errno));
    }
    CHECK(got == 0, "read: %s", strerror(errno));
    _exit(0);
}

static void start_pipeline(pid_t pids[3], int *in, int *out)
{
    int fds[4][2];
    for (int i = 0; i < 4; i++)
        MUST(pipe2(fds[i], O_CLOEXEC));
    for (int i = 0; i < 3; i++) {
        pids[i] = family_fork();
        if (pids[i] == 0) {
            for (int k = 0; k < 4; k++) {
                if (k != i)
                    close(fds[k][0]);
                if (k != i + 1)
                    close(fds[k][1]);
            }
            filter(fds[i][0], fds[i + 1][1]);
        }
    }
    for (int k = 0; k < 4; k++) {
        if (k != 0)
            close(fds[k][1]);
        if (k != 3)
            close(fds[k][0]);
    }
    *in = fds[0][1];
    *out = fds[3][0];
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    guest_pattern(content, sizeof content, 1);
    // First, so that no other process holds an end of it.
    pid_t commands[3];
    int in, out, blocked[2], full, packets;
    start_pipeline(commands, &in, &out);
    MUST(fcntl(in, F_SETFD, FD_CLOEXEC));
    pid_t readers[] = {broken_writer(true), broken_writer(false), orphaned_reader(0), orphaned_reader(50000)};
    pid_t packet = packet_reader(&packets);
    pid_t writer = blocked_writer(blocked, &full);
    family_wait_asleep(writer);
    // The later children have a copy of our end: the pipeline ends when they have ended, too.
    for (int i = 0; i < 200; i++)
        CHECK(write(in, content + i * 100, 100) == 100, "write: %s", strerror(errno));
    family_ready(6);
    int size = fcntl(full, F_GETPIPE_SZ);
    CHECK(size == SIZE, "the pipe holds %d bytes, held %d", size, SIZE);
    CHECK(write(packets, content, 10) == 10, "write: %s", strerror(errno));
    close(packets);
    family_go();
    read_all(full, BIG, "the pipe that was full");
    family_reap(writer, 0);
    family_reap(readers[0], 0);
    family_reap(readers[1], SIGPIPE);
    family_reap(readers[2], 0);
    family_reap(readers[3], 0);
    close(in);
    for (int i = 0; i < 20000; i++)
        content[i] += 3;
    read_all(out, 20000, "the end of the pipeline");
    for (int i = 0; i < 3; i++)
        family_reap(commands[i], 0);
    family_reap(packet, 0);
    return guest_pass();
}
