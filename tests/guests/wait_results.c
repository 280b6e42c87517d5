// What is known of children that have ended: codes, signals, stops, times and memory, of those before and those after.
#include "family.h"

#include <sys/resource.h>

static void burn(long milliseconds)
{
    struct timespec used;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < milliseconds);
}

static long milliseconds(struct timeval time)
{
    return time.tv_sec * 1000 + time.tv_usec / 1000;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){}));
    pid_t codes[256];
    for (int i = 0; i < 256; i += 51) {
        codes[i] = family_fork();
        if (codes[i] == 0) {
            family_member_wait();
            _exit(i);
        }
    }
    const int signals[] = {SIGHUP, SIGABRT, SIGFPE, SIGALRM, SIGRTMIN + 3};
    pid_t killed[5];
    for (int i = 0; i < 5; i++) {
        killed[i] = family_fork();
        if (killed[i] == 0) {
            signal(signals[i], SIG_DFL);
            family_member_wait();
            raise(signals[i]);
            _exit(0);
        }
    }
    pid_t worker = family_fork();
    if (worker == 0) {
        family_member_wait();
        burn(300);
        _exit(0);
    }
    // Waits in wait itself for a child that waits.
    pid_t waiter = family_fork();
    if (waiter == 0) {
        pid_t child = family_fork();
        if (child == 0) {
            family_member_wait();
            _exit(41);
        }
        family_member_ready();
        siginfo_t info = {};
        MUST(waitid(P_ALL, 0, &info, WEXITED));
        CHECK(info.si_pid == child && info.si_status == 41, "the end of %d with %d", info.si_pid, info.si_status);
        _exit(42);
    }
    family_run(6 + 5 + 1 + 2);
    for (int i = 0; i < 256; i += 51)
        family_reap(codes[i], i << 8);
    for (int i = 0; i < 5; i++)
        family_reap(killed[i], signals[i]);
    family_reap(waiter, 42 << 8);
    struct rusage usage = {}, all;
    int status;
    CHECK(wait4(worker, &status, 0, &usage) == worker && status == 0, "wait4: status %#x", status);
    // It runs until its clock shows 300 ms; what our own thread used is neither subtracted nor more than that.
    long used = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    CHECK(used > 200 && used < 2000, "a child that worked for 300 ms used %ld ms", used);
    CHECK(usage.ru_maxrss > 100, "its memory was %ld kB", usage.ru_maxrss);
    MUST(getrusage(RUSAGE_CHILDREN, &all));
    CHECK(milliseconds(all.ru_utime) + milliseconds(all.ru_stime) >= used - 1, "all children together used less");
    return guest_pass();
}
