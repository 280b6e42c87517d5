// More threads that compute than there are processors for: a thread that is told to stand still may take long to get as
// far as that, and is waited for.
#include "guest.h"

enum { THREADS = 40 };

static atomic_bool stop;
static _Atomic long rounds[THREADS];

static void *compute(void *argument)
{
    _Atomic long *own = argument;
    while (!stop)
        (*own)++;
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(compute, &rounds[i]);
    guest_ready();
    guest_wait();
    for (int i = 0; i < THREADS; i++) {
        long before = rounds[i];
        for (int64_t limit = guest_now() + 30000000000; rounds[i] == before;)
            CHECK(guest_now() < limit, "thread %d does not compute any more", i);
    }
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
