// Programs that are executed while the signal of a checkpoint is on its way to the one before; nobody dies of it. The signal is
// sent by the guest itself here, all the time; it means nothing to the shim, but would end a program that has no handler yet.
#include "guest.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { CHILDREN = 20, SIGNAL = 33, EXECUTED = 7 };

static void *send_always(void *tid)
{
    siginfo_t info = {.si_signo = SIGNAL, .si_code = SI_QUEUE};
    for (;;) {
        syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)(intptr_t)tid, SIGNAL, &info);
        usleep(20);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[2], "executed") == 0)
        return EXECUTED;
    guest_init(argc, argv);
    const char *preload = getenv("LD_PRELOAD");
    bool has_shim = preload && strstr(preload, "libinterpose.so");
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = MUST(fork());
        if (children[i] == 0) {
            pthread_t sender;
            if (has_shim && pthread_create(&sender, NULL, send_always, (void *)(intptr_t)gettid()))
                _exit(1);
            usleep(12000); // old enough to have joined its computation
            execl("/proc/self/exe", argv[0], argv[1], "executed", NULL);
            _exit(2);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        MUST(waitpid(children[i], &status, 0));
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXECUTED, "child %d ended with %#x", i, status);
    }
    guest_ready();
    guest_wait();
    return guest_pass();
}
