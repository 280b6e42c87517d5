// Signals arrive all the time, from a timer and between threads; none is lost or seen twice.
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

enum { PAIRS = 4 };

static _Atomic long ticks, received[PAIRS], sent[PAIRS], payload[PAIRS];
static atomic_bool stop, all_sent; // receivers go on until no sender is left that might still send
static pthread_t receivers[PAIRS];
static atomic_int ready;
static __thread int self = -1;

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

static void on_message(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    CHECK(self >= 0, "a signal came to a wrong thread");
    CHECK(info->si_value.sival_int == payload[self] + 1, "message %d after %ld", info->si_value.sival_int,
          (long)payload[self]);
    payload[self] = info->si_value.sival_int;
    received[self]++;
}

static void *receive(void *argument)
{
    self = (int)(intptr_t)argument;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 4);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    ready++;
    volatile double value = 1;
    int64_t limit = INT64_MAX;
    while (!all_sent || received[self] < sent[self]) {
        if (all_sent && limit == INT64_MAX)
            limit = guest_now() + 20000000000LL;
        CHECK(guest_now() < limit, "%ld sent, %ld received", (long)sent[self], (long)received[self]);
        for (int i = 0; i < 1000; i++)
            value = value * 1.0000001 + 1e-9;
    }
    return NULL;
}

static void *send_all(void *argument)
{
    int pair = (int)(intptr_t)argument;
    while (!stop) {
        if (sent[pair] - received[pair] < 50) {
            int error = pthread_sigqueue(receivers[pair], SIGRTMIN + 4, (union sigval){.sival_int = sent[pair] + 1});
            CHECK(error == 0 || error == EAGAIN, "pthread_sigqueue: %s", strerror(error));
            if (error == 0)
                sent[pair]++;
        }
        usleep(300);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct sigaction message = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGALRM, &tick, NULL);
    sigaction(SIGRTMIN + 4, &message, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 4);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_t senders[PAIRS];
    for (int i = 0; i < PAIRS; i++)
        receivers[i] = guest_thread(receive, (void *)(intptr_t)i);
    while (ready < PAIRS)
        usleep(1000);
    for (int i = 0; i < PAIRS; i++)
        senders[i] = guest_thread(send_all, (void *)(intptr_t)i);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 1000}, {0, 1000}}, NULL);
    // The ticks come to this thread between its steps.
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    guest_ready();
    while (!guest_go()) {
        pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
        for (int i = 0; i < 100; i++)
            sched_yield();
        pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
    }
    long before = ticks;
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    while (ticks < before + 20)
        sched_yield();
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    stop = true;
    for (int i = 0; i < PAIRS; i++)
        pthread_join(senders[i], NULL);
    all_sent = true;
    for (int i = 0; i < PAIRS; i++) {
        pthread_join(receivers[i], NULL);
        CHECK(sent[i] == received[i], "%ld sent, %ld received", (long)sent[i], (long)received[i]);
    }
    return guest_pass();
}
