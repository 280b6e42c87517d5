#include "blocking.h"

static void read_clocks(struct timespec times[2])
{
    clock_gettime(CLOCK_MONOTONIC, &times[0]);
    clock_gettime(CLOCK_REALTIME, &times[1]);
}

static void *run(void *argument)
{
    struct blocking_call *call = argument;
    read_clocks(call->started);
    call->tid = gettid();
    errno = 0;
    call->result = call->call();
    call->error = errno;
    read_clocks(call->ended);
    call->done = true;
    return NULL;
}

static void verify(const struct blocking_call *call)
{
    CHECK(call->result == call->expected, "%s gave %ld (%s) instead of %ld", call->name, call->result,
          strerror(call->error), call->expected);
    CHECK(call->expected >= 0 || call->error == call->expected_errno, "%s ended with '%s' instead of '%s'", call->name,
          strerror(call->error), strerror(call->expected_errno));
    const struct timespec *from = &call->started[call->realtime], *to = &call->ended[call->realtime];
    double took = (to->tv_sec - from->tv_sec) + (to->tv_nsec - from->tv_nsec) / 1e9;
    if (call->seconds > 0) {
        CHECK(took >= call->seconds - 0.002, "%s ended after %.3f of %.3f s", call->name, took, call->seconds);
        CHECK(took < call->seconds + GUEST_DOWNTIME_SECONDS, "%s took %.3f of %.3f s", call->name, took, call->seconds);
    }
}

int blocking_main(int argc, char **argv, struct blocking_call *calls, int count)
{
    guest_init(argc, argv);
    for (int i = 0; i < count; i++) {
        calls[i].thread = guest_thread(run, &calls[i]);
        while (!calls[i].tid)
            usleep(500);
        guest_wait_asleep(calls[i].tid);
    }
    guest_ready();
    guest_wait();
    for (int i = 0; i < count; i++) {
        // One that gave up too early is what this program looks for.
        CHECK(!calls[i].done || calls[i].seconds > 0, "%s ended by itself: %ld (%s)", calls[i].name, calls[i].result,
              strerror(calls[i].error));
    }
    for (int i = 0; i < count; i++)
        if (calls[i].release)
            calls[i].release();
    for (int i = 0; i < count; i++) {
        int error = pthread_join(calls[i].thread, NULL);
        CHECK(error == 0, "pthread_join: %s", strerror(error));
        verify(&calls[i]);
    }
    return guest_pass();
}
