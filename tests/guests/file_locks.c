// Locks on files: of the process (fcntl), of a description (OFD), and flock, seen from a child.
#include "guest.h"

#include <sys/file.h>
#include <sys/wait.h>

static char path[] = "locks.XXXXXX";

// What a child that opens the file anew meets.
static bool child_meets(short type, off_t start, bool whole_file)
{
    pid_t child = MUST(fork());
    if (child == 0) {
        int fd = open(path, O_RDWR);
        if (whole_file)
            _exit(flock(fd, (type == F_WRLCK ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0);
        struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
        _exit(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    CHECK(WIFEXITED(status), "the child died (%x)", status);
    return WEXITSTATUS(status) == 1;
}

static void verify(void)
{
    CHECK(child_meets(F_RDLCK, 105, false), "the write lock is lost");
    CHECK(!child_meets(F_WRLCK, 99, false) && !child_meets(F_WRLCK, 110, false), "the write lock grew");
    CHECK(child_meets(F_WRLCK, 205, false), "the read lock is lost");
    CHECK(!child_meets(F_RDLCK, 205, false), "the read lock became a write lock");
    CHECK(child_meets(F_RDLCK, 305, false), "the lock of the description is lost");
    CHECK(child_meets(F_WRLCK, 0, true), "flock is lost");
    CHECK(!child_meets(F_RDLCK, 0, true), "flock became exclusive");
}

static void lock(int fd, int command, short type, off_t start)
{
    struct flock request = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 10};
    MUST(fcntl(fd, command, &request));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int process = MUST(mkstemp(path)), description = MUST(open(path, O_RDWR)), whole = MUST(open(path, O_RDWR));
    lock(process, F_SETLK, F_WRLCK, 100);
    lock(process, F_SETLK, F_RDLCK, 200);
    lock(description, F_OFD_SETLK, F_WRLCK, 300);
    MUST(flock(whole, LOCK_SH));
    verify();
    guest_ready();
    guest_wait();
    verify();
    unlink(path);
    return guest_pass();
}
