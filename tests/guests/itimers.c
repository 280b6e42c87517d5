// Interval timers keep their remaining time and go on ticking.
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

static _Atomic long virtual_ticks, profile_ticks;

static void on_signal(int signal)
{
    if (signal == SIGVTALRM)
        virtual_ticks++;
    else
        profile_ticks++;
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    signal(SIGVTALRM, on_signal);
    signal(SIGPROF, on_signal);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{7, 500000}, {1000, 0}}, NULL));
    MUST(setitimer(ITIMER_VIRTUAL, &(struct itimerval){{0, 10000}, {0, 10000}}, NULL));
    MUST(setitimer(ITIMER_PROF, &(struct itimerval){{0, 10000}, {0, 10000}}, NULL));
    int64_t start = guest_now();
    guest_ready();
    while (!guest_go()) // busy, so that virtual time passes
        ;
    struct itimerval now;
    MUST(getitimer(ITIMER_REAL, &now));
    double elapsed = (guest_now() - start) / 1e9, left = seconds(now.it_value);
    CHECK(seconds(now.it_interval) == 7.5, "the interval is %.3f s, was 7.5 s", seconds(now.it_interval));
    CHECK(left > 0 && left < 1000.001, "%.3f s are left of 1000 s", left);
    // Time without the program may count or not, but what the program lived through counts.
    CHECK(left >= 1000 - elapsed - 0.1, "%.3f s are left, %.3f s passed of 1000 s", left, elapsed);
    CHECK(left <= 1000 - elapsed + GUEST_DOWNTIME_SECONDS, "%.3f s are left, %.3f s passed of 1000 s", left, elapsed);

    long virtual_before = virtual_ticks, profile_before = profile_ticks;
    int64_t limit = guest_now() + 5000000000LL;
    while (virtual_ticks < virtual_before + 5 || profile_ticks < profile_before + 5)
        CHECK(guest_now() < limit, "a timer does not tick: virtual %ld, profile %ld", virtual_ticks - virtual_before,
              profile_ticks - profile_before);
    MUST(getitimer(ITIMER_VIRTUAL, &now));
    CHECK(now.it_interval.tv_usec == 10000, "the virtual interval is %ld us", (long)now.it_interval.tv_usec);
    return guest_pass();
}
