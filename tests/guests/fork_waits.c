// Children of every kind of fork, each of which waits in another call and must not see it interrupted: neither when it is
// so old that it joins its computation, nor by a checkpoint.
#include "guest.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/wait.h>

enum { WAITS = 9, FORKS = 6, MILLISECONDS = 1500 };

static int failures_of_wait(int kind)
{
    struct timespec time = {MILLISECONDS / 1000, MILLISECONDS % 1000 * 1000000L}, left;
    struct timeval old_time = {MILLISECONDS / 1000, MILLISECONDS % 1000 * 1000L};
    struct epoll_event event;
    sigset_t set;
    int status;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    switch (kind) {
    case 0:
        return nanosleep(&time, &left);
    case 1:
        return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &left);
    case 2:
        return poll(NULL, 0, MILLISECONDS);
    case 3:
        return epoll_wait(epoll_create1(0), &event, 1, MILLISECONDS);
    case 4:
        return sigtimedwait(&set, NULL, &time) != -1 || errno != EAGAIN;
    case 5:
        return select(0, NULL, NULL, NULL, &old_time);
    case 6:
        return syscall(SYS_poll, NULL, 0, MILLISECONDS) != 0;
    case 7:
        return usleep(MILLISECONDS * 1000);
    default:
        // A wait for a child of its own.
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            usleep(MILLISECONDS * 1000);
            _exit(5);
        }
        return wait(&status) < 0 || WEXITSTATUS(status) != 5;
    }
}

static int child(void *kind)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test kills the first process only
    int64_t begin = guest_now();
    errno = 0;
    if (failures_of_wait((int)(intptr_t)kind))
        return 1;
    return guest_now() - begin < MILLISECONDS * 1000000LL - 1000000 ? 2 : 0;
}

static pid_t start(int how, int kind)
{
    static char stack[65536] __attribute__((aligned(16)));
    uint64_t arguments[8] = {[4] = SIGCHLD};
    pid_t pid = -1;
    switch (how) {
    case 0:
        pid = fork();
        break;
    case 1:
        pid = _Fork();
        break;
    case 2:
        return clone(child, stack + sizeof stack, SIGCHLD, (void *)(intptr_t)kind);
    case 3:
        pid = syscall(SYS_fork);
        break;
    case 4:
        pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        break;
    case 5:
        pid = syscall(SYS_clone3, arguments, sizeof arguments);
        break;
    }
    if (pid == 0)
        _exit(child((void *)(intptr_t)kind));
    return pid;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pid_t pids[FORKS][WAITS];
    for (int how = 0; how < FORKS; how++)
        for (int kind = 0; kind < WAITS; kind++)
            pids[how][kind] = MUST(start(how, kind));
    guest_ready();
    guest_wait();
    for (int how = 0; how < FORKS; how++)
        for (int kind = 0; kind < WAITS; kind++) {
            int status;
            MUST(waitpid(pids[how][kind], &status, 0));
            CHECK(status == 0, "child of kind %d with wait %d: status %#x", how, kind, status);
        }
    return guest_pass();
}
