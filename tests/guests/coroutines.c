// Stacks the program switches by itself: no thread library knows them.
#include "guest.h"

#include <ucontext.h>

enum { COUNT = 16, STACK = 128 << 10 };

static ucontext_t scheduler, contexts[COUNT];
static long steps[COUNT];
static bool finish;

static void body(int id)
{
    volatile uint8_t local[8192];
    guest_pattern((void *)local, sizeof local, id);
    while (!finish) {
        steps[id]++;
        swapcontext(&contexts[id], &scheduler);
    }
    CHECK(guest_check_pattern((void *)local, sizeof local, id) < 0, "the stack of coroutine %d is damaged", id);
    steps[id] = -1;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    for (int i = 0; i < COUNT; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = MUST(mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        contexts[i].uc_stack.ss_size = STACK;
        contexts[i].uc_link = &scheduler;
        makecontext(&contexts[i], (void (*)(void))body, 1, i);
    }
    guest_ready();
    long rounds = 0;
    while (!finish) {
        finish = rounds % 64 == 0 && guest_go();
        rounds++;
        for (int i = 0; i < COUNT; i++)
            swapcontext(&scheduler, &contexts[i]);
    }
    for (int i = 0; i < COUNT; i++)
        CHECK(steps[i] == -1, "coroutine %d did not end", i);
    return guest_pass();
}
