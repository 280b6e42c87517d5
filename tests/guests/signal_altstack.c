// Alternate signal stacks: registered ones, and one that is in use while the checkpoint happens.
#include "guest.h"

#include <signal.h>

enum { SIZE = 64 << 10 };

static char *main_stack, *thread_stack;
static atomic_int inside, left;

static void on_stack(int signal)
{
    volatile char local[4096];
    guest_pattern((void *)local, sizeof local, signal);
    CHECK((char *)local > thread_stack && (char *)local < thread_stack + SIZE, "the handler is not on its stack");
    inside = 1;
    guest_wait();
    CHECK(guest_check_pattern((void *)local, sizeof local, signal) < 0, "the alternate stack is damaged");
    stack_t now;
    sigaltstack(NULL, &now);
    CHECK(now.ss_flags & SS_ONSTACK, "the kernel does not know that the stack is in use");
    CHECK(now.ss_sp == thread_stack && now.ss_size == SIZE, "another alternate stack");
    left = 1;
}

static char *give_stack(void)
{
    char *memory = malloc(SIZE);
    MUST(sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = SIZE}, NULL));
    return memory;
}

static void *run(void *unused)
{
    (void)unused;
    thread_stack = give_stack();
    volatile double accumulator = 1.5;
    raise(SIGUSR1);
    CHECK(accumulator == 1.5, "the interrupted frame is damaged");
    CHECK(left == 1, "the handler did not end");
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
    MUST(sigaction(SIGUSR1, &action, NULL));
    main_stack = give_stack();
    pthread_t thread = guest_thread(run, NULL);
    while (!inside)
        usleep(1000);
    guest_ready();
    guest_wait();
    pthread_join(thread, NULL);
    stack_t now;
    MUST(sigaltstack(NULL, &now));
    CHECK(now.ss_sp == main_stack && now.ss_size == SIZE && now.ss_flags == 0, "the main thread's stack is lost");
    return guest_pass();
}
