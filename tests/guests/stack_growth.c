// The main stack keeps what it holds and still grows by page faults; a thread's stack has its guard.
#include "guest.h"

#include <alloca.h>

enum { FRAME = 4096, SHALLOW = 256, DEEP = 1700 }; // 1 MiB held, 7 MiB reached, of the usual 8

static void __attribute__((noinline)) descend(int depth)
{
    volatile uint8_t frame[FRAME];
    guest_pattern((void *)frame, sizeof frame, depth);
    if (depth == SHALLOW) {
        guest_ready();
        guest_wait();
    }
    if (depth < DEEP)
        descend(depth + 1);
    CHECK(guest_check_pattern((void *)frame, sizeof frame, depth) < 0, "frame %d is damaged", depth);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    descend(0);
    char *top = (char *)__builtin_frame_address(0);
    CHECK(guest_has_vmflag(top, "gd"), "the main stack does not grow down any more");
    return guest_pass();
}
