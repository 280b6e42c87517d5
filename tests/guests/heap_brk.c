// The brk heap: same place, same content, grows and shrinks on.
#include "guest.h"

enum { CHUNK = 1 << 20 };

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    void *small[1000];
    for (int i = 0; i < 1000; i++) {
        small[i] = malloc(64 + i);
        guest_pattern(small[i], 64 + i, i);
    }
    char *start = MUST(sbrk(CHUNK));
    guest_pattern(start, CHUNK, 7);
    char *end = sbrk(0);
    guest_ready();
    guest_wait();

    CHECK(sbrk(0) == end, "the break is %p, was %p", sbrk(0), end);
    CHECK(guest_check_pattern(start, CHUNK, 7) < 0, "the heap is damaged");
    char *more = MUST(sbrk(CHUNK));
    CHECK(more == end, "the heap grew at %p instead of %p", more, end);
    for (int i = 0; i < CHUNK; i += 512)
        CHECK(more[i] == 0, "new heap memory is not zero");
    guest_pattern(more, CHUNK, 8);
    CHECK(guest_check_pattern(more, CHUNK, 8) < 0, "the grown heap does not hold data");
    MUST(sbrk(-2 * CHUNK));
    CHECK(sbrk(0) == start, "the heap did not shrink");
    CHECK(guest_read_faults(start + CHUNK), "memory given back is still there");
    for (int i = 0; i < 1000; i++) {
        CHECK(guest_check_pattern(small[i], 64 + i, i) < 0, "block %d is damaged", i);
        free(small[i]);
    }
    return guest_pass();
}
