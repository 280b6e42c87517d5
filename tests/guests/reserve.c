// One TiB of MAP_NORESERVE address space with a few pages in use.
#include "guest.h"

static const size_t SIZE = 1UL << 40, STEP = 64UL << 30, PAGE = 4096;

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *data = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, -1, 0));
    char *nothing = MUST(mmap(NULL, SIZE, PROT_NONE, flags, -1, 0));
    MUST(madvise(data, SIZE, MADV_NOHUGEPAGE));
    for (size_t at = 0; at < SIZE; at += STEP)
        guest_pattern(data + at, PAGE, at);
    guest_ready();
    guest_wait();
    for (size_t at = 0; at < SIZE; at += STEP) {
        CHECK(guest_check_pattern(data + at, PAGE, at) < 0, "the page at %zu GiB is damaged", at >> 30);
        CHECK(data[at + STEP / 2] == 0, "memory never touched is not zero");
    }
    CHECK(guest_read_faults(nothing + SIZE / 2), "the PROT_NONE reservation can be read");
    CHECK(guest_has_vmflag(data, "nr"), "MAP_NORESERVE is lost");
    long resident = guest_status("VmRSS:");
    CHECK(resident < 100 * 1024, "%ld KiB are resident", resident);
    return guest_pass();
}
