// The flags that madvise sets, what they mean for a fork, and the contents under them. A snapshot
// by fork does not see DONTFORK and WIPEONFORK memory by itself.
#include "guest.h"

#include <sys/wait.h>

enum { PAGE = 4096, SIZE = 4 << 20 };

static const struct {
    int advice;
    const char *flag;
} cases[] = {
    {MADV_DONTFORK, "dc"},    {MADV_WIPEONFORK, "wf"}, {MADV_DONTDUMP, "dd"},
    {MADV_HUGEPAGE, "hg"},    {MADV_NOHUGEPAGE, "nh"}, {MADV_RANDOM, "rr"},
    {MADV_SEQUENTIAL, "sr"},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static char *regions[CASES];
static char flags_before[CASES][256];
static bool applied[CASES];

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    for (int i = 0; i < CASES; i++) {
        // A PROT_NONE page on either side keeps neighbours from being merged.
        char *area = MUST(mmap(NULL, SIZE + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        regions[i] = area + PAGE;
        MUST(mprotect(regions[i], SIZE, PROT_READ | PROT_WRITE));
        // Kernels without transparent huge pages refuse that advice.
        applied[i] = madvise(regions[i], SIZE, cases[i].advice) == 0;
        guest_pattern(regions[i], SIZE, i);
        guest_smaps(regions[i], "VmFlags:", flags_before[i], sizeof flags_before[i]);
        CHECK(!applied[i] || guest_has_vmflag(regions[i], cases[i].flag), "no flag %s: %s", cases[i].flag,
              flags_before[i]);
    }
    guest_ready();
    guest_wait();
    for (int i = 0; i < CASES; i++) {
        char now[256];
        guest_smaps(regions[i], "VmFlags:", now, sizeof now);
        CHECK(strcmp(now, flags_before[i]) == 0, "flags for %s are '%s', were '%s'", cases[i].flag, now,
              flags_before[i]);
        CHECK(guest_check_pattern(regions[i], SIZE, i) < 0, "memory with the flag %s is damaged", cases[i].flag);
    }
    pid_t child = MUST(fork());
    if (child == 0) {
        if (!guest_read_faults(regions[0]))
            _exit(1);
        if (regions[1][0] != 0 || regions[1][SIZE - 1] != 0)
            _exit(2);
        _exit(guest_check_pattern(regions[2], SIZE, 2) < 0 ? 0 : 3);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    CHECK(status == 0, "in a forked child the flags do not work (status %x)", status);
    return guest_pass();
}
