// Memory that processes share without a file: whole in one process, in parts and at other places in others, read-only in
// one, and gone in the process that made it.
#include "family.h"

enum { PAGES = 16, PAGE = 4096, SIZE = PAGES * PAGE };

static volatile char *at(char *base, int page)
{
    return base + page * PAGE;
}

static _Noreturn void part(char *base)
{
    // Two pages in the middle are all that it keeps, one of them elsewhere.
    char *moved = mremap(base + 4 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base + 32 * PAGE);
    CHECK(moved == base + 32 * PAGE, "mremap: %s", strerror(errno));
    MUST(munmap(base, 3 * PAGE));
    MUST(munmap(base + 5 * PAGE, 11 * PAGE));
    family_member_wait();
    while (*at(base, 3) != 'a')
        usleep(1000);
    *at(moved, 0) = 'b';
    while (*at(base, 3) != 'c')
        usleep(1000);
    CHECK(guest_read_faults(base) && guest_read_faults(base + 6 * PAGE), "there is more memory than it kept");
    _exit(0);
}

static _Noreturn void reader(char *base)
{
    MUST(mprotect(base, SIZE, PROT_READ));
    family_member_wait();
    for (int i = 6; i < PAGES; i++)
        CHECK(guest_check_pattern(base + i * PAGE, PAGE, i) < 0, "page %d is damaged", i);
    while (*at(base, 4) != 'b')
        usleep(1000);
    _exit(0);
}

// Memory that its maker has unmapped, or that only processes have whose maker has ended.
static _Noreturn void orphan_maker(int code)
{
    char *base = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(base != MAP_FAILED, "mmap: %s", strerror(errno));
    guest_pattern(base, SIZE, code);
    pid_t child[2];
    for (int i = 0; i < 2; i++) {
        child[i] = family_fork();
        if (child[i] == 0) {
            family_member_wait();
            CHECK(guest_check_pattern(base + PAGE, SIZE - PAGE, code) != -1, "a pattern has no borders");
            while (i == 1 && *at(base, 0) != 'x')
                usleep(1000);
            if (i == 0)
                *at(base, 0) = 'x';
            _exit(0);
        }
    }
    MUST(munmap(base, SIZE));
    family_member_wait();
    family_reap(child[0], 0);
    family_reap(child[1], 0);
    _exit(0);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    char *room = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *base = mmap(room, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(base == room, "mmap: %s", strerror(errno));
    // Another of its kind, untouched so far: it is shared all the same.
    volatile char *empty = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 6; i < PAGES; i++)
        guest_pattern(base + i * PAGE, PAGE, i);
    pid_t children[3];
    void (*const mains[])(char *) = {part, reader};
    for (int i = 0; i < 2; i++) {
        children[i] = family_fork();
        if (children[i] == 0)
            mains[i](base);
    }
    children[2] = family_fork();
    if (children[2] == 0)
        orphan_maker(3);
    pid_t toucher = family_fork();
    if (toucher == 0) {
        family_member_wait();
        empty[5 * PAGE] = 'e';
        _exit(0);
    }
    family_run(6);
    *at(base, 3) = 'a';
    while (*at(base, 4) != 'b')
        usleep(1000);
    *at(base, 3) = 'c';
    for (int i = 0; i < 3; i++)
        family_reap(children[i], 0);
    family_reap(toucher, 0);
    CHECK(empty[5 * PAGE] == 'e', "a page that was first touched later is not shared");
    for (int i = 6; i < PAGES; i++)
        CHECK(guest_check_pattern(base + i * PAGE, PAGE, i) < 0, "page %d is damaged", i);
    return guest_pass();
}
