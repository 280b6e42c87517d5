// Blocked signals that are pending: for the process and for one thread, standard and queued ones,
// with sender, code and payload, in their order.
#include "guest.h"

#include <signal.h>

enum { QUEUED = 20 };

static atomic_int thread_ready;
static sigset_t blocked;

static siginfo_t take(int signal)
{
    sigset_t set;
    siginfo_t info = {0};
    struct timespec none = {0};
    sigemptyset(&set);
    sigaddset(&set, signal);
    CHECK(sigtimedwait(&set, &info, &none) == signal, "signal %d is not pending", signal);
    return info;
}

static void none_left(int signal)
{
    sigset_t pending;
    sigpending(&pending);
    CHECK(!sigismember(&pending, signal), "signal %d is pending once too often", signal);
}

static void *receiver(void *unused)
{
    (void)unused;
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    union sigval value = {.sival_ptr = (void *)0x123456789abcUL};
    pthread_sigqueue(pthread_self(), SIGRTMIN + 1, value);
    pthread_kill(pthread_self(), SIGUSR2);
    thread_ready = 1;
    guest_wait();
    siginfo_t info = take(SIGRTMIN + 1);
    CHECK(info.si_code == SI_QUEUE, "the thread's queued signal has code %d", info.si_code);
    CHECK(info.si_value.sival_ptr == value.sival_ptr, "the thread's queued signal has payload %p",
          info.si_value.sival_ptr);
    info = take(SIGUSR2);
    // The library reports SI_TKILL as SI_USER.
    CHECK(info.si_code == SI_USER, "the thread's own signal has code %d", info.si_code);
    CHECK(info.si_pid == getpid(), "the thread's own signal comes from %d", info.si_pid);
    none_left(SIGUSR2);
    none_left(SIGRTMIN + 1);
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGUSR2);
    for (int i = 0; i < 8; i++)
        sigaddset(&blocked, SIGRTMIN + i);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    pthread_t thread = guest_thread(receiver, NULL);
    while (!thread_ready)
        usleep(1000);

    kill(getpid(), SIGUSR1);
    for (int i = 0; i < QUEUED; i++)
        sigqueue(getpid(), SIGRTMIN + 2 + i % 2, (union sigval){.sival_int = 1000 + i});
    guest_ready();
    guest_wait();
    pthread_join(thread, NULL);

    siginfo_t info = take(SIGUSR1);
    CHECK(info.si_code == SI_USER && info.si_pid == getpid() && info.si_uid == getuid(),
          "SIGUSR1 has code %d pid %d uid %d", info.si_code, info.si_pid, info.si_uid);
    none_left(SIGUSR1);
    for (int parity = 0; parity < 2; parity++) {
        for (int i = parity; i < QUEUED; i += 2) {
            info = take(SIGRTMIN + 2 + parity);
            CHECK(info.si_code == SI_QUEUE, "a queued signal has code %d", info.si_code);
            CHECK(info.si_value.sival_int == 1000 + i, "payload %d instead of %d", info.si_value.sival_int, 1000 + i);
            CHECK(info.si_pid == getpid() && info.si_uid == getuid(), "a queued signal has pid %d uid %d", info.si_pid,
                  info.si_uid);
        }
        none_left(SIGRTMIN + 2 + parity);
    }
    sigset_t pending;
    sigpending(&pending);
    for (int signal = 1; signal <= SIGRTMAX; signal++)
        CHECK(sigismember(&pending, signal) != 1, "signal %d is pending from nowhere", signal);
    return guest_pass();
}
