// io_uring is not offered under interpose, as on a kernel without it; a program takes its other way.
#include "guest.h"

static void ask(void)
{
    char parameters[120] = {0};
    long fd = syscall(SYS_io_uring_setup, 4, parameters);
    if (getenv("INTERPOSE_COMPUTATION"))
        CHECK(fd == -1 && errno == ENOSYS, "io_uring_setup: %ld, %s", fd, strerror(errno));
    else
        close((int)fd);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    ask();
    guest_ready();
    guest_wait();
    ask();
    return guest_pass();
}
