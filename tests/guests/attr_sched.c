// Scheduling: nice value, policy, affinity and names of each thread.
#include "guest.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { THREADS = 4 };

static atomic_int ready;

struct state {
    char name[16];
    int nice, policy, io, slack;
    cpu_set_t cpus;
};

static struct state read_state(void)
{
    struct state state;
    memset(&state, 0, sizeof state);
    prctl(PR_GET_NAME, state.name);
    state.nice = getpriority(PRIO_PROCESS, gettid());
    state.policy = sched_getscheduler(0);
    state.io = syscall(SYS_ioprio_get, 1, 0);
    state.slack = prctl(PR_GET_TIMERSLACK);
    MUST(sched_getaffinity(0, sizeof state.cpus, &state.cpus));
    return state;
}

static void verify(const struct state *before)
{
    struct state now = read_state();
    CHECK(strcmp(now.name, before->name) == 0, "the name is '%s', was '%s'", now.name, before->name);
    CHECK(now.nice == before->nice, "%s: nice is %d, was %d", now.name, now.nice, before->nice);
    CHECK(now.policy == before->policy, "%s: policy is %d, was %d", now.name, now.policy, before->policy);
    CHECK(now.io == before->io, "%s: io priority is %x, was %x", now.name, now.io, before->io);
    CHECK(now.slack == before->slack, "%s: timer slack is %d, was %d", now.name, now.slack, before->slack);
    CHECK(CPU_EQUAL(&now.cpus, &before->cpus), "%s: the affinity changed", now.name);
}

static void *run(void *argument)
{
    int id = (int)(intptr_t)argument;
    char name[16];
    snprintf(name, sizeof name, "w) S %d x", id); // a name that is hard to parse
    pthread_setname_np(pthread_self(), name);
    MUST(setpriority(PRIO_PROCESS, gettid(), 5 + id));
    if (id == 1)
        MUST(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}));
    if (id == 2)
        MUST(sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}));
    if (id == 3) {
        MUST(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6));
        MUST(prctl(PR_SET_TIMERSLACK, 123456));
    }
    cpu_set_t all, one;
    MUST(sched_getaffinity(0, sizeof all, &all));
    int wanted = id % CPU_COUNT(&all);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all) && wanted-- == 0)
            CPU_SET(cpu, &one);
    MUST(sched_setaffinity(0, sizeof one, &one));
    struct state before = read_state();
    ready++;
    guest_wait();
    verify(&before);
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(run, (void *)(intptr_t)i);
    MUST(prctl(PR_SET_NAME, "the main one"));
    while (ready < THREADS)
        usleep(1000);
    struct state before = read_state();
    guest_ready();
    guest_wait();
    verify(&before);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
