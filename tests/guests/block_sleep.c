// Sleeping: nanosleep, clock_nanosleep (relative, absolute, other clocks), sleep, usleep.
#include "blocking.h"

static const struct timespec DURATION = {.tv_sec = GUEST_CALL_SECONDS};

static long by_nanosleep(void) { return nanosleep(&DURATION, NULL); }
static long by_nanosleep_remainder(void)
{
    struct timespec left = {77, 77};
    long result = nanosleep(&DURATION, &left);
    CHECK(left.tv_sec == 77 && left.tv_nsec == 77, "nanosleep wrote a remainder though it did not end early");
    return result;
}
static long by_clock(void) { return clock_nanosleep(CLOCK_MONOTONIC, 0, &DURATION, NULL); }
static long by_boottime(void) { return clock_nanosleep(CLOCK_BOOTTIME, 0, &DURATION, NULL); }
static long by_realtime(void) { return clock_nanosleep(CLOCK_REALTIME, 0, &DURATION, NULL); }
static long until(clockid_t clock)
{
    struct timespec end;
    clock_gettime(clock, &end);
    end.tv_sec += GUEST_CALL_SECONDS;
    return clock_nanosleep(clock, TIMER_ABSTIME, &end, NULL);
}
static long until_monotonic(void) { return until(CLOCK_MONOTONIC); }
static long until_realtime(void) { return until(CLOCK_REALTIME); }
static long by_sleep(void) { return sleep(GUEST_CALL_SECONDS); }
static long by_usleep(void) { return usleep(GUEST_CALL_SECONDS * 1000000); }
static long by_system_call(void) { return syscall(SYS_nanosleep, &DURATION, NULL); }

int main(int argc, char **argv)
{
    struct blocking_call calls[] = {
        {.name = "nanosleep", .call = by_nanosleep, .seconds = GUEST_CALL_SECONDS},
        {.name = "nanosleep with remainder", .call = by_nanosleep_remainder, .seconds = GUEST_CALL_SECONDS},
        {.name = "clock_nanosleep", .call = by_clock, .seconds = GUEST_CALL_SECONDS},
        {.name = "clock_nanosleep BOOTTIME", .call = by_boottime, .seconds = GUEST_CALL_SECONDS},
        {.name = "clock_nanosleep REALTIME", .call = by_realtime, .seconds = GUEST_CALL_SECONDS},
        {.name = "clock_nanosleep until MONOTONIC", .call = until_monotonic, .seconds = GUEST_CALL_SECONDS},
        {.name = "clock_nanosleep until REALTIME", .call = until_realtime, .seconds = GUEST_CALL_SECONDS, .realtime = true},
        {.name = "sleep", .call = by_sleep, .seconds = GUEST_CALL_SECONDS},
        {.name = "usleep", .call = by_usleep, .seconds = GUEST_CALL_SECONDS},
        {.name = "syscall nanosleep", .call = by_system_call, .seconds = GUEST_CALL_SECONDS},
    };
    return blocking_main(argc, argv, calls, sizeof calls / sizeof calls[0]);
}
