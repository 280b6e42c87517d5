// Not a guest: takes the pid given as the first argument and holds it until it is killed, so that a
// restart finds it in use. Needs the privilege to choose a pid.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    pid_t wanted = argc > 1 ? atoi(argv[1]) : 0;
    struct clone_args arguments = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child < 0) {
        perror("clone3");
        return 1;
    }
    if (child == 0)
        for (;;)
            pause();
    puts("READY");
    fflush(stdout);
    return waitpid(child, NULL, 0) < 0;
}
