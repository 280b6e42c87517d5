// CPU time and resource usage never go back, and what was used is not forgotten.
#include "family.h"

#include <sys/resource.h>
#include <sys/times.h>

enum { THREADS = 3, READINGS = 12 };

typedef struct {
    long values[READINGS];
} Reading;

static const char *const names[READINGS] = {"getrusage(SELF): user", "getrusage(SELF): system", "minor faults",
    "peak (KiB)", "getrusage(CHILDREN): user", "children's minor faults", "getrusage(THREAD): user", "clock()",
    "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "times(): all", "times()"};

static long ns(clockid_t clock)
{
    struct timespec t;
    MUST(clock_gettime(clock, &t));
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static long us(struct timeval t)
{
    return t.tv_sec * 1000000 + t.tv_usec;
}

static Reading read_all(void)
{
    struct rusage self, children, thread;
    struct tms t;
    MUST(getrusage(RUSAGE_SELF, &self));
    MUST(getrusage(RUSAGE_CHILDREN, &children));
    MUST(getrusage(RUSAGE_THREAD, &thread));
    long elapsed = MUST(times(&t));
    return (Reading){{us(self.ru_utime), us(self.ru_stime), self.ru_minflt, self.ru_maxrss, us(children.ru_utime),
        children.ru_minflt, us(thread.ru_utime), clock(), ns(CLOCK_PROCESS_CPUTIME_ID), ns(CLOCK_THREAD_CPUTIME_ID),
        t.tms_utime + t.tms_stime + t.tms_cutime + t.tms_cstime, elapsed}};
}

static void check_grown(const Reading *before, const char *who)
{
    Reading after = read_all();
    for (int i = 0; i < READINGS; i++)
        CHECK(after.values[i] >= before->values[i], "%s: %s was %ld and is %ld", who, names[i], before->values[i],
              after.values[i]);
}

static void use(long milliseconds)
{
    volatile double value = 1;
    for (long end = ns(CLOCK_THREAD_CPUTIME_ID) + milliseconds * 1000000; ns(CLOCK_THREAD_CPUTIME_ID) < end;)
        for (int i = 0; i < 10000; i++)
            value = value * 1.0000001;
}

static _Atomic int ready;

static void *work(void *argument)
{
    use(20 + 10 * (long)(intptr_t)argument);
    Reading before = read_all();
    ready++;
    guest_wait();
    check_grown(&before, "thread");
    use(5);
    check_grown(&before, "thread");
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    pid_t child = family_fork();
    if (child == 0) {
        use(60);
        _exit(0);
    }
    family_reap(child, 0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(work, (void *)(intptr_t)i);
    while (ready < THREADS)
        usleep(1000);
    use(50);
    Reading before = read_all();
    family_run(0);
    check_grown(&before, "main");
    // A child begins anew.
    child = family_fork();
    if (child == 0) {
        long used = ns(CLOCK_PROCESS_CPUTIME_ID);
        CHECK(used < 50000000, "a new child has used %ld ns", used);
        _exit(0);
    }
    family_reap(child, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    long used = ns(CLOCK_PROCESS_CPUTIME_ID);
    CHECK(used > before.values[8], "the process's time stands still");
    CHECK(used < before.values[8] + 20000000000, "the process used %ld ns, and %ld before", used, before.values[8]);
    return guest_pass();
}
