// Open file descriptions that several processes share: offset, flags and flock(2) are one; POSIX locks are each
// process's own, OFD locks those of the description.
#include "family.h"

#include <sys/file.h>

static char content[1000];

static int open_new(const char *name, int flags)
{
    int fd = MUST(open(name, O_RDWR | O_CREAT | O_TRUNC | flags, 0600));
    CHECK(pwrite(fd, content, sizeof content, 0) == sizeof content, "write: %s", strerror(errno));
    return fd;
}

static void check_read(int fd, size_t at, size_t size, const char *who)
{
    char found[sizeof content];
    CHECK(read(fd, found, size) == (ssize_t)size, "%s: read: %s", who, strerror(errno));
    CHECK(memcmp(found, content + at, size) == 0, "%s does not read at %zu", who, at);
}

static struct flock lock_of(short type, off_t start, off_t length)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

// Who, if anybody, keeps this process from a write lock: -1 for a description, 0 for nobody.
static pid_t holder(int fd, off_t start)
{
    struct flock lock = lock_of(F_WRLCK, start, 1);
    MUST(fcntl(fd, F_GETLK, &lock));
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    guest_pattern(content, sizeof content, 5);
    int offset = open_new("offset", 0), copy = MUST(dup(offset)), append = open_new("append", O_APPEND);
    int locked = open_new("locked", O_CLOEXEC), other = MUST(open("locked", O_RDWR));
    int described = open_new("described", 0), rival = MUST(open("described", O_RDWR));
    int posix = open_new("posix", 0);
    int turn[2], back[2];
    MUST(pipe(turn));
    MUST(pipe(back));
    MUST(flock(locked, LOCK_EX));
    struct flock lock = lock_of(F_WRLCK, 100, 10);
    MUST(fcntl(described, F_OFD_SETLK, &lock));
    lock = lock_of(F_WRLCK, 0, 10);
    MUST(fcntl(posix, F_SETLK, &lock));
    pid_t self = getpid();
    char byte = 0;
    pid_t child = family_fork();
    if (child == 0) {
        close(copy);
        MUST(dup2(offset, 100)); // another number for the same
        close(offset);
        lock = lock_of(F_RDLCK, 20, 10);
        MUST(fcntl(posix, F_SETLK, &lock));
        check_read(100, 0, 100, "child"); // at 100 for both
        family_member_wait();
        CHECK(lseek(100, 0, SEEK_CUR) == 150, "the child is at %ld", (long)lseek(100, 0, SEEK_CUR));
        check_read(100, 150, 50, "child");
        CHECK(fcntl(append, F_GETFL) & O_APPEND, "O_APPEND is lost");
        MUST(fcntl(append, F_SETFL, O_NONBLOCK)); // and not O_APPEND
        CHECK(fcntl(posix, F_GETFD) == 0 && fcntl(locked, F_GETFD) == FD_CLOEXEC, "close-on-exec changed");
        CHECK(holder(posix, 5) == self, "the parent's lock is held by %d", holder(posix, 5));
        CHECK(holder(posix, 25) == 0, "its own lock keeps %d out", holder(posix, 25));
        CHECK(flock(other, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK, "flock is lost");
        MUST(flock(locked, LOCK_UN)); // for the parent too
        lock = lock_of(F_UNLCK, 100, 10);
        CHECK(holder(rival, 105) == -1, "the OFD lock is held by %d", holder(rival, 105));
        MUST(fcntl(described, F_OFD_SETLK, &lock));
        MUST(write(back[1], "", 1));
        MUST(read(turn[0], &byte, 1));
        CHECK(lseek(100, 0, SEEK_CUR) == 7, "the child is at %ld, the parent went to 7", (long)lseek(100, 0, SEEK_CUR));
        _exit(0);
    }
    family_ready(1);
    CHECK(lseek(copy, 0, SEEK_CUR) == 100, "the parent is at %ld", (long)lseek(copy, 0, SEEK_CUR));
    check_read(copy, 100, 50, "parent");
    CHECK(lseek(offset, 0, SEEK_CUR) == 150, "the copy is at %ld", (long)lseek(offset, 0, SEEK_CUR));
    CHECK(flock(other, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK, "flock is lost");
    family_go();
    MUST(read(back[0], &byte, 1));
    CHECK(lseek(offset, 0, SEEK_CUR) == 200, "the parent is at %ld, the child at 200", (long)lseek(offset, 0, SEEK_CUR));
    MUST(lseek(offset, 7, SEEK_SET));
    int flags = MUST(fcntl(append, F_GETFL));
    CHECK((flags & O_NONBLOCK) && !(flags & O_APPEND), "the flags are %#x", flags);
    MUST(flock(other, LOCK_EX | LOCK_NB));
    CHECK(holder(rival, 105) == 0, "the OFD lock is held by %d", holder(rival, 105));
    CHECK(holder(posix, 25) == child, "the child's lock is held by %d", holder(posix, 25));
    CHECK(holder(posix, 5) == 0, "its own lock keeps %d out", holder(posix, 5));
    MUST(write(turn[1], "", 1));
    family_reap(child, 0);
    CHECK(holder(posix, 25) == 0, "the child's lock outlives it: %d", holder(posix, 25));
    return guest_pass();
}
