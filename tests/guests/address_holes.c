// Address space that the program has given back stays free, in it and in its child: memory of the checkpointer's own in
// such a hole would take accesses that must fault, and be lost when the program maps there again at a fixed address.
#include "family.h"

#include <dlfcn.h>

enum { KIB = 1024, HOLES = 6, PAGE = 4096 };

// Small ones are what a managed runtime asks for, aligned as its allocator wants them; the others are stacks of threads.
static const size_t SIZES[HOLES] = {4 * KIB, 64 * KIB, 128 * KIB, 512 * KIB, 1024 * KIB, 1100 * KIB};
static const size_t ALIGNED = 64 * KIB;
static char *holes[HOLES];

static void make(void)
{
    for (int i = 0; i < HOLES; i++) {
        char *room = mmap(NULL, SIZES[i] + 3 * ALIGNED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK(room != MAP_FAILED, "mmap: %s", strerror(errno));
        uintptr_t start = ((uintptr_t)room + 2 * ALIGNED - 1) / ALIGNED * ALIGNED;
        holes[i] = (char *)start;
    }
    // Only now: a room must not be made in the hole of an earlier one.
    for (int i = 0; i < HOLES; i++)
        MUST(munmap(holes[i], SIZES[i]));
}

static void check(const char *who)
{
    for (int i = 0; i < HOLES; i++)
        for (size_t at = 0; at < SIZES[i]; at += PAGE) {
            unsigned char resident;
            CHECK(mincore(holes[i] + at, PAGE, &resident) < 0 && errno == ENOMEM,
                  "%s: something lies in the hole of %zu bytes, %zu bytes from its start", who, SIZES[i], at);
        }
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    // The loader puts libraries wherever they fit, and this one would.
    CHECK(dlopen("libm.so.6", RTLD_NOW), "dlopen: %s", dlerror());
    make();
    family_init();
    pid_t child = family_fork();
    if (child == 0) {
        family_member_wait();
        check("child");
        _exit(0);
    }
    family_run(1);
    check("parent");
    family_reap(child, 0);
    return guest_pass();
}
