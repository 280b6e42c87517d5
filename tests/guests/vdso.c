// The vDSO: mapped where the auxiliary vector says, and usable all the time.
#include "guest.h"

#include <elf.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/time.h>

static atomic_bool stop;

static int64_t by_syscall(clockid_t clock)
{
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t by_library(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *hammer(void *unused)
{
    (void)unused;
    int64_t last = 0;
    while (!stop) {
        int64_t now = by_library(CLOCK_MONOTONIC);
        CHECK(now >= last, "CLOCK_MONOTONIC went back by %ld ns", (long)(last - now));
        last = now;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    unsigned long vdso = getauxval(AT_SYSINFO_EHDR);
    CHECK(vdso != 0, "no vDSO");
    pthread_t threads[2] = {guest_thread(hammer, NULL), guest_thread(hammer, NULL)};
    guest_ready();
    guest_wait();
    stop = true;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);

    CHECK(getauxval(AT_SYSINFO_EHDR) == vdso, "the auxiliary vector changed");
    CHECK(memcmp((void *)vdso, ELFMAG, SELFMAG) == 0, "no ELF header at the vDSO");
    char permissions[5];
    guest_permissions((void *)vdso, permissions);
    CHECK(strcmp(permissions, "r-xp") == 0, "the vDSO is %s", permissions);
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_COARSE,
                                       CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW, CLOCK_TAI};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        for (int round = 0; round < 1000; round++) {
            int64_t first = by_syscall(clocks[i]), second = by_library(clocks[i]), third = by_syscall(clocks[i]);
            CHECK(first <= second && second <= third, "clock %d: vDSO and kernel disagree: %ld %ld %ld", clocks[i],
                  (long)first, (long)second, (long)third);
        }
    struct timeval time_of_day;
    CHECK(gettimeofday(&time_of_day, NULL) == 0 && time(NULL) - time_of_day.tv_sec <= 1, "gettimeofday is wrong");
    CHECK(sched_getcpu() >= 0, "sched_getcpu fails");
    return guest_pass();
}
