// POSIX timers: their ids, clocks, targets and payloads, remaining time, and their ticking.
#include "guest.h"

#include <signal.h>

static _Atomic long ticks, tick_value, thread_ticks;
static pid_t expected_tid;
static atomic_bool stop;
static atomic_int called;

static void on_tick(int signal, siginfo_t *info, void *context)
{
    (void)context;
    CHECK(info->si_code == SI_TIMER, "signal %d has code %d", signal, info->si_code);
    if (signal == SIGRTMIN) {
        tick_value = info->si_value.sival_int;
        ticks++;
    } else {
        CHECK(gettid() == expected_tid, "the tick for thread %d came to %d", expected_tid, gettid());
        thread_ticks++;
    }
}

static void *target(void *unused)
{
    (void)unused;
    expected_tid = gettid();
    while (!stop)
        usleep(1000);
    return NULL;
}

static void on_thread(union sigval value)
{
    CHECK(value.sival_int == 77, "the notification has value %d", value.sival_int);
    called++;
}

static timer_t create(clockid_t clock, struct sigevent event)
{
    timer_t timer;
    MUST(timer_create(clock, &event, &timer));
    return timer;
}

static void arm(timer_t timer, int flags, double first, double interval)
{
    struct itimerspec spec = {
        .it_value = {(time_t)first, (long)((first - (time_t)first) * 1e9)},
        .it_interval = {(time_t)interval, (long)((interval - (time_t)interval) * 1e9)},
    };
    MUST(timer_settime(timer, flags, &spec, NULL));
}

static double left(timer_t timer, double interval)
{
    struct itimerspec now;
    MUST(timer_gettime(timer, &now));
    double found = now.it_interval.tv_sec + now.it_interval.tv_nsec / 1e9;
    CHECK(found > interval - 1e-6 && found < interval + 1e-6, "the interval is %.6f s, was %.6f s", found, interval);
    return now.it_value.tv_sec + now.it_value.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGRTMIN, &action, NULL);
    sigaction(SIGRTMIN + 1, &action, NULL);
    pthread_t thread = guest_thread(target, NULL);
    // The other thread takes the ticks, so that this one can sleep undisturbed.
    sigset_t ticks_only;
    sigemptyset(&ticks_only);
    sigaddset(&ticks_only, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &ticks_only, NULL);
    while (!expected_tid)
        usleep(1000);

    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    timer_t given_up = create(CLOCK_MONOTONIC, none); // leaves a gap in the ids
    timer_t relative = create(CLOCK_MONOTONIC, none);
    timer_delete(given_up);
    timer_t absolute = create(CLOCK_REALTIME, none);
    timer_t boot = create(CLOCK_BOOTTIME, none);
    timer_t ticking = create(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = SIGEV_SIGNAL,
                                                               .sigev_signo = SIGRTMIN,
                                                               .sigev_value = {.sival_int = 4711}});
    struct sigevent to_thread = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 1};
    to_thread._sigev_un._tid = expected_tid;
    timer_t directed = create(CLOCK_MONOTONIC, to_thread);
    timer_t calling = create(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = SIGEV_THREAD,
                                                               .sigev_notify_function = on_thread,
                                                               .sigev_value = {.sival_int = 77}});
    timer_t cpu = create(CLOCK_PROCESS_CPUTIME_ID, none);
    timer_t idle = create(CLOCK_MONOTONIC, none);

    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    arm(relative, 0, 500, 0);
    arm(absolute, TIMER_ABSTIME, wall.tv_sec + 800, 0);
    arm(boot, 0, 600, 3);
    arm(ticking, 0, 0.005, 0.005);
    arm(directed, 0, 0.005, 0.005);
    arm(calling, 0, 0.02, 0.02);
    arm(cpu, 0, 900, 0);
    int64_t start = guest_now();
    guest_ready();
    guest_wait();

    double elapsed = (guest_now() - start) / 1e9;
    double remaining = left(relative, 0);
    CHECK(remaining <= 500 - elapsed + GUEST_DOWNTIME_SECONDS && remaining >= 500 - elapsed - 0.1,
          "relative: %.3f s are left of 500 s after %.3f s", remaining, elapsed);
    struct timespec wall_now;
    clock_gettime(CLOCK_REALTIME, &wall_now);
    double expected = 800 - (wall_now.tv_sec - wall.tv_sec) - wall_now.tv_nsec / 1e9;
    remaining = left(absolute, 0);
    // The kernel does not tell absolute timers from relative ones, so that the down-time may be added.
    CHECK(remaining > expected - 1 && remaining < expected + GUEST_DOWNTIME_SECONDS, "absolute: %.3f s are left instead of %.3f s", remaining,
          expected);
    remaining = left(boot, 3);
    CHECK(remaining <= 600 - elapsed + GUEST_DOWNTIME_SECONDS && remaining >= 600 - elapsed - 0.1,
          "boottime: %.3f s are left of 600 s after %.3f s", remaining, elapsed);
    remaining = left(cpu, 0);
    CHECK(remaining > 800 && remaining <= 900, "cpu time: %.3f s are left of 900 s", remaining);
    CHECK(left(idle, 0) == 0, "a timer that was not armed is armed");

    long before = ticks, thread_before = thread_ticks, called_before = called;
    int64_t limit = guest_now() + 5000000000LL;
    while (ticks < before + 10 || thread_ticks < thread_before + 10 || called < called_before + 5) {
        CHECK(guest_now() < limit, "ticks: %ld to the process, %ld to the thread, %ld calls", ticks - before,
              thread_ticks - thread_before, called - called_before);
        usleep(1000);
    }
    CHECK(tick_value == 4711, "the payload is %ld", (long)tick_value);
    timer_delete(ticking);
    timer_delete(directed);
    timer_delete(calling);
    // A new timer must not take the id of one in use.
    timer_t fresh = create(CLOCK_MONOTONIC, none);
    CHECK(fresh != relative && fresh != absolute && fresh != boot && fresh != cpu && fresh != idle, "an id is used twice");
    stop = true;
    pthread_join(thread, NULL);
    return guest_pass();
}
