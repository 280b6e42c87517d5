// Restartable sequences: the kernel keeps each thread's area up to date.
#include "guest.h"

#include <sched.h>
#include <sys/rseq.h>

enum { THREADS = 8 };

static atomic_int ready;

static volatile struct rseq *area(void)
{
    return (volatile struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

// A thread bound to one processor after the other must see that number in its area.
static void verify(void)
{
    cpu_set_t all, one;
    MUST(sched_getaffinity(0, sizeof all, &all));
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        MUST(sched_setaffinity(0, sizeof one, &one));
        CHECK((int)area()->cpu_id == cpu, "thread %d: the area says processor %d, it is %d", gettid(),
              (int)area()->cpu_id, cpu);
    }
    MUST(sched_setaffinity(0, sizeof all, &all));
}

static void *run(void *unused)
{
    (void)unused;
    verify();
    ready++;
    guest_wait();
    verify();
    // Registered already: the kernel says so.
    long result = syscall(SYS_rseq, area(), 32, 0, 0x53053053);
    CHECK(result < 0 && (errno == EBUSY || errno == EINVAL), "rseq could be registered once more");
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    if (__rseq_size == 0) { // switched off by a tunable: nothing to keep
        guest_ready();
        guest_wait();
        return guest_pass();
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(run, NULL);
    while (ready < THREADS)
        usleep(1000);
    guest_ready();
    run(NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
