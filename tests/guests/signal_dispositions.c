// Signal handlers with their flags and masks, ignored and default signals, and thread masks.
#include "guest.h"

#include <signal.h>

static void handler(int signal) { (void)signal; }
static void handler_info(int signal, siginfo_t *info, void *context) { (void)signal, (void)info, (void)context; }

static struct sigaction before[65], after;
static sigset_t main_mask, thread_mask;
static atomic_int ready;

// The kernel's view, for the C library keeps its own signals out of sight.
static unsigned long kernel_mask(void)
{
    unsigned long mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask;
}

static void *masked(void *unused)
{
    (void)unused;
    sigfillset(&thread_mask);
    sigdelset(&thread_mask, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &thread_mask, NULL);
    unsigned long was = kernel_mask();
    ready = 1;
    guest_wait();
    CHECK(kernel_mask() == was, "the thread's mask is %lx, was %lx", kernel_mask(), was);
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP || (signal > 31 && signal < SIGRTMIN))
            continue;
        struct sigaction action = {0};
        switch (signal % 4) {
        case 0:
            action.sa_handler = SIG_IGN;
            break;
        case 1:
            action.sa_handler = handler;
            action.sa_flags = SA_RESTART | SA_ONSTACK;
            sigaddset(&action.sa_mask, SIGUSR1);
            break;
        case 2:
            action.sa_sigaction = handler_info;
            action.sa_flags = SA_SIGINFO | SA_NODEFER;
            sigaddset(&action.sa_mask, SIGRTMIN + 3);
            sigaddset(&action.sa_mask, SIGTERM);
            break;
        case 3:
            action.sa_handler = SIG_DFL;
            action.sa_flags = SA_NOCLDWAIT & (signal == SIGCHLD ? ~0 : 0);
            break;
        }
        MUST(sigaction(signal, &action, NULL));
        MUST(sigaction(signal, NULL, &before[signal]));
    }
    sigemptyset(&main_mask);
    sigaddset(&main_mask, SIGHUP);
    sigaddset(&main_mask, SIGRTMIN + 5);
    MUST(sigprocmask(SIG_SETMASK, &main_mask, NULL));
    unsigned long was = kernel_mask();
    pthread_t thread = guest_thread(masked, NULL);
    while (!ready)
        usleep(1000);
    guest_ready();
    guest_wait();
    CHECK(kernel_mask() == was, "the main thread's mask is %lx, was %lx", kernel_mask(), was);
    pthread_join(thread, NULL);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP || (signal > 31 && signal < SIGRTMIN))
            continue;
        MUST(sigaction(signal, NULL, &after));
        CHECK(after.sa_sigaction == before[signal].sa_sigaction, "signal %d has another handler", signal);
        CHECK(after.sa_flags == before[signal].sa_flags, "signal %d has flags %x, had %x", signal, after.sa_flags,
              before[signal].sa_flags);
        for (int other = 1; other <= SIGRTMAX; other++)
            CHECK(sigismember(&after.sa_mask, other) == sigismember(&before[signal].sa_mask, other),
                  "signal %d has another mask (at %d)", signal, other);
    }
    return guest_pass();
}
