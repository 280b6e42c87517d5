// Waiting for signals: sigtimedwait, sigwaitinfo, sigwait, pause, sigsuspend.
#include "blocking.h"

#include <signal.h>

static pthread_t pausing, suspended;

static void handler(int signal) { (void)signal; }

static sigset_t only(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static long limited_wait(void)
{
    sigset_t set = only(SIGUSR1);
    return sigtimedwait(&set, NULL, &(struct timespec){GUEST_CALL_SECONDS, 0});
}

static long endless_wait(void)
{
    sigset_t set = only(SIGRTMIN + 1);
    siginfo_t info = {0};
    long result = sigwaitinfo(&set, &info);
    CHECK(info.si_value.sival_int == 99, "the payload is %d", info.si_value.sival_int);
    return result;
}
static void end_wait(void) { sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 99}); }

static long simple_wait(void)
{
    sigset_t set = only(SIGRTMIN + 2);
    int signal = 0;
    int error = sigwait(&set, &signal);
    CHECK(error == 0, "sigwait: %s", strerror(error));
    return signal;
}
static void end_simple_wait(void) { kill(getpid(), SIGRTMIN + 2); }

static long by_pause(void)
{
    sigset_t set = only(SIGRTMIN + 3);
    pausing = pthread_self();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return pause();
}
static void end_pause(void) { pthread_kill(pausing, SIGRTMIN + 3); }

static long by_suspend(void)
{
    sigset_t set, before, after;
    sigfillset(&set);
    sigdelset(&set, SIGRTMIN + 4);
    suspended = pthread_self();
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    long result = sigsuspend(&set);
    int error = errno;
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int signal = 1; signal <= SIGRTMAX; signal++)
        CHECK(sigismember(&before, signal) == sigismember(&after, signal), "sigsuspend left signal %d in another state",
              signal);
    errno = error;
    return result;
}
static void end_suspend(void) { pthread_kill(suspended, SIGRTMIN + 4); }

int main(int argc, char **argv)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (int i = 1; i <= 4; i++)
        sigaddset(&set, SIGRTMIN + i);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGRTMIN + 3, handler);
    signal(SIGRTMIN + 4, handler);
    struct blocking_call calls[] = {
        {.name = "sigtimedwait",
         .call = limited_wait,
         .seconds = GUEST_CALL_SECONDS,
         .expected = -1,
         .expected_errno = EAGAIN},
        {.name = "sigwaitinfo", .call = endless_wait, .expected = SIGRTMIN + 1, .release = end_wait},
        {.name = "sigwait", .call = simple_wait, .expected = SIGRTMIN + 2, .release = end_simple_wait},
        {.name = "pause", .call = by_pause, .expected = -1, .expected_errno = EINTR, .release = end_pause},
        {.name = "sigsuspend", .call = by_suspend, .expected = -1, .expected_errno = EINTR, .release = end_suspend},
    };
    return blocking_main(argc, argv, calls, sizeof calls / sizeof calls[0]);
}
