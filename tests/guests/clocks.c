// CLOCK_MONOTONIC and BOOTTIME go on where they were: never back, and not far ahead.
#include "guest.h"

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t read_kernel(clockid_t clock)
{
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_COARSE};
    static const char *names[] = {"CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_COARSE"};
    enum { COUNT = 3 };
    int64_t last[COUNT];
    for (int i = 0; i < COUNT; i++)
        last[i] = read_clock(clocks[i]);
    guest_ready();
    bool done = false;
    while (!done) {
        done = guest_go();
        for (int i = 0; i < COUNT; i++) {
            int64_t now = i % 2 ? read_clock(clocks[i]) : read_kernel(clocks[i]);
            CHECK(now >= last[i], "%s went back by %.3f s", names[i], (last[i] - now) / 1e9);
            CHECK(now - last[i] < GUEST_DOWNTIME_SECONDS * 1000000000LL, "%s jumped ahead by %.3f s", names[i],
                  (now - last[i]) / 1e9);
            last[i] = now;
        }
    }
    return guest_pass();
}
