// Memory is mapped, protected, filled and unmapped all the time by several threads.
#include "guest.h"

enum { THREADS = 4, SLOTS = 40, PAGE = 4096 };

static atomic_bool stop;
static _Atomic long rounds;

static void *run(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    struct {
        char *memory;
        size_t size;
        uint64_t pattern;
    } slots[SLOTS] = {0};
    uint64_t count = (uint64_t)seed << 32;
    while (!stop) {
        int i = rand_r(&seed) % SLOTS;
        if (slots[i].memory) {
            CHECK(guest_check_pattern(slots[i].memory, slots[i].size, slots[i].pattern) < 0, "a mapping is damaged");
            MUST(munmap(slots[i].memory, slots[i].size));
        }
        slots[i].size = (1 + rand_r(&seed) % 16) * PAGE;
        slots[i].pattern = ++count;
        slots[i].memory = MUST(mmap(NULL, slots[i].size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        guest_pattern(slots[i].memory, slots[i].size, count);
        if (count % 3 == 0)
            MUST(mprotect(slots[i].memory, slots[i].size, PROT_READ));
        free(malloc(rand_r(&seed) % 100000));
        rounds++;
    }
    for (int i = 0; i < SLOTS; i++)
        CHECK(!slots[i].memory || guest_check_pattern(slots[i].memory, slots[i].size, slots[i].pattern) < 0,
              "a mapping is damaged");
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(run, (void *)(uintptr_t)(i + 1));
    while (rounds < 1000)
        usleep(1000);
    guest_ready();
    guest_wait();
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
