// Locked memory stays locked.
#include "guest.h"

#include <sys/resource.h>

enum { PAGE = 4096 };

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    size_t size = 64 * PAGE;
    char *locked = MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *lazy = MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    MUST(mlock(locked, size));
    MUST(mlock2(lazy, size / 2, MLOCK_ONFAULT));
    guest_pattern(locked, size, 1);
    guest_pattern(lazy, PAGE, 2);
    long before = guest_status("VmLck:");
    guest_ready();
    guest_wait();
    CHECK(guest_has_vmflag(locked, "lo"), "the memory is not locked any more");
    CHECK(guest_has_vmflag(lazy, "lo"), "the lazily locked memory is not locked any more");
    CHECK(!guest_has_vmflag(lazy + size / 2, "lo"), "too much is locked");
    CHECK(guest_status("VmLck:") == before, "%ld KiB are locked, were %ld", guest_status("VmLck:"), before);
    CHECK(guest_check_pattern(locked, size, 1) < 0 && guest_check_pattern(lazy, PAGE, 2) < 0, "memory is damaged");
    MUST(munlock(locked, size));
    CHECK(!guest_has_vmflag(locked, "lo"), "the memory cannot be unlocked");
    return guest_pass();
}
