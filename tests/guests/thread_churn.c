// Threads begin and end all the time, joined and detached ones.
#include "guest.h"

enum { MAKERS = 4 };

static _Atomic long begun, ended;
static atomic_bool stop;

static void *brief(void *argument)
{
    begun++;
    volatile char local[1024];
    guest_pattern((void *)local, sizeof local, (uintptr_t)argument);
    CHECK(guest_check_pattern((void *)local, sizeof local, (uintptr_t)argument) < 0, "a new stack is damaged");
    ended++;
    return argument;
}

static void *make(void *argument)
{
    uintptr_t count = (uintptr_t)argument << 32;
    while (!stop) {
        pthread_t joined = guest_thread(brief, (void *)++count), detached = guest_thread(brief, (void *)(count + 7));
        pthread_detach(detached);
        void *result;
        int error = pthread_join(joined, &result);
        CHECK(error == 0 && (uintptr_t)result == count, "pthread_join: %s, result %lx", strerror(error),
              (unsigned long)result);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t makers[MAKERS];
    for (int i = 0; i < MAKERS; i++)
        makers[i] = guest_thread(make, (void *)(uintptr_t)(i + 1));
    while (ended < 100)
        usleep(1000);
    guest_ready();
    guest_wait();
    long before = ended;
    while (ended < before + 100)
        usleep(1000);
    stop = true;
    for (int i = 0; i < MAKERS; i++)
        pthread_join(makers[i], NULL);
    while (ended < begun)
        usleep(1000);
    // Nothing else is left: one thread in the kernel's list besides those that belong to no program.
    return guest_pass();
}
