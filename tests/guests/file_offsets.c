// Regular files: offsets, access modes, flags, shared descriptions, numbers, close-on-exec.
#include "guest.h"

enum { SIZE = 1 << 16 };

static int make(char *path, int flags)
{
    int fd = MUST(mkstemp(path));
    char *content = malloc(SIZE);
    guest_pattern(content, SIZE, 5);
    CHECK(write(fd, content, SIZE) == SIZE, "write: %s", strerror(errno));
    free(content);
    close(fd);
    return MUST(open(path, flags));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char plain[] = "offsets.XXXXXX", log[] = "append.XXXXXX";
    int reading = make(plain, O_RDONLY | O_CLOEXEC);
    int writing = MUST(open(plain, O_WRONLY));
    int both = MUST(open(plain, O_RDWR | O_NONBLOCK | O_SYNC));
    int append = make(log, O_WRONLY | O_APPEND);
    MUST(lseek(reading, 12345, SEEK_SET));
    MUST(lseek(writing, 20000, SEEK_SET));
    int copy = MUST(dup(both));
    int high = MUST(fcntl(both, F_DUPFD_CLOEXEC, 321));
    MUST(lseek(both, 30000, SEEK_SET));
    int flags_before[] = {fcntl(reading, F_GETFL), fcntl(writing, F_GETFL), fcntl(both, F_GETFL),
                          fcntl(append, F_GETFL)};
    int path_only = MUST(open(plain, O_PATH | O_CLOEXEC));
    guest_ready();
    guest_wait();

    int fds[] = {reading, writing, both, append};
    for (int i = 0; i < 4; i++) {
        int now = fcntl(fds[i], F_GETFL);
        CHECK(now == flags_before[i], "fd %d has flags %o, had %o", fds[i], now, flags_before[i]);
    }
    CHECK(lseek(reading, 0, SEEK_CUR) == 12345, "the reading offset is %ld", (long)lseek(reading, 0, SEEK_CUR));
    CHECK(lseek(writing, 0, SEEK_CUR) == 20000, "the writing offset is %ld", (long)lseek(writing, 0, SEEK_CUR));
    CHECK(lseek(both, 0, SEEK_CUR) == 30000, "the offset of the third is %ld", (long)lseek(both, 0, SEEK_CUR));
    CHECK(fcntl(reading, F_GETFD) == FD_CLOEXEC, "close-on-exec is lost");
    CHECK(fcntl(writing, F_GETFD) == 0, "close-on-exec came up");
    CHECK(fcntl(high, F_GETFD) == FD_CLOEXEC, "close-on-exec of a duplicate is lost");
    CHECK(fcntl(copy, F_GETFD) == 0, "close-on-exec of a duplicate came up");

    // One description behind three numbers, another behind the fourth.
    MUST(lseek(copy, 777, SEEK_SET));
    CHECK(lseek(both, 0, SEEK_CUR) == 777 && lseek(high, 0, SEEK_CUR) == 777, "duplicates do not share their offset");
    CHECK(lseek(writing, 0, SEEK_CUR) == 20000, "separate descriptions share their offset");

    char *content = malloc(SIZE), *found = malloc(SIZE);
    guest_pattern(content, SIZE, 5);
    CHECK(read(reading, found, 1000) == 1000 && memcmp(found, content + 12345, 1000) == 0, "wrong bytes are read");
    CHECK(write(writing, "here", 4) == 4, "write: %s", strerror(errno));
    CHECK(pread(reading, found, 4, 20000) == 4 && memcmp(found, "here", 4) == 0, "the bytes went elsewhere");
    CHECK(write(reading, "x", 1) < 0 && errno == EBADF, "a read-only file can be written");
    MUST(lseek(append, 0, SEEK_SET));
    CHECK(write(append, "end", 3) == 3 && lseek(append, 0, SEEK_CUR) == SIZE + 3, "append does not append");
    CHECK(read(path_only, found, 1) < 0 && errno == EBADF, "an O_PATH file can be read");
    struct stat one, other;
    CHECK(fstat(path_only, &one) == 0 && stat(plain, &other) == 0 && one.st_ino == other.st_ino, "O_PATH leads elsewhere");
    unlink(plain);
    unlink(log);
    return guest_pass();
}
