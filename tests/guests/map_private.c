// Private mappings, anonymous and of files: contents, permissions, holes and guards.
#include "guest.h"

enum { PAGE = 4096, PAGES = 64, SIZE = PAGE * PAGES };

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    static const int protections[] = {PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC,
                                      PROT_READ | PROT_WRITE | PROT_EXEC};
    static const char *names[] = {"r--p", "rw-p", "---p", "r-xp", "rwxp"};

    // Anonymous: every permission, each with content under it.
    char *anonymous = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < PAGES; i++) {
        guest_pattern(anonymous + i * PAGE, PAGE, i);
        MUST(mprotect(anonymous + i * PAGE, PAGE, protections[i % 5]));
    }
    // A hole must stay a hole.
    MUST(munmap(anonymous + 7 * PAGE, PAGE));

    // A file mapped privately: clean pages, dirty pages, pages behind its end.
    char path[] = "map_private.XXXXXX";
    int fd = MUST(mkstemp(path));
    char *content = malloc(SIZE);
    guest_pattern(content, SIZE, 99);
    CHECK(write(fd, content, SIZE - 3 * PAGE - 100) == SIZE - 3 * PAGE - 100, "write: %s", strerror(errno));
    char *mapped = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    for (int i = 0; i < PAGES - 4; i += 2)
        guest_pattern(mapped + i * PAGE, PAGE, 1000 + i);
    char *offset = MUST(mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 8 * PAGE));
    close(fd);

    // Never touched and touched with zeroes.
    char *untouched = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *zeroed = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    memset(zeroed, 0, SIZE);

    guest_ready();
    guest_wait();

    for (int i = 0; i < PAGES; i++) {
        char permissions[5];
        char *page = anonymous + i * PAGE;
        guest_permissions(page, permissions);
        if (i == 7) {
            CHECK(guest_read_faults(page), "the hole is filled (%s)", permissions);
            continue;
        }
        CHECK(strcmp(permissions, names[i % 5]) == 0, "page %d is %s, was %s", i, permissions, names[i % 5]);
        if (protections[i % 5] == PROT_NONE)
            CHECK(guest_read_faults(page), "PROT_NONE page %d can be read", i);
        MUST(mprotect(page, PAGE, PROT_READ));
        CHECK(guest_check_pattern(page, PAGE, i) < 0, "anonymous page %d is damaged", i);
    }
    for (int i = 0; i < PAGES - 4; i++) {
        char *page = mapped + i * PAGE;
        if (i % 2 == 0)
            CHECK(guest_check_pattern(page, PAGE, 1000 + i) < 0, "written page %d of the file is damaged", i);
        else
            CHECK(memcmp(page, content + i * PAGE, PAGE) == 0, "clean page %d of the file is damaged", i);
    }
    CHECK(memcmp(mapped + (PAGES - 4) * PAGE, content + (PAGES - 4) * PAGE, PAGE - 100) == 0, "the last page is damaged");
    CHECK(guest_read_faults(mapped + (PAGES - 2) * PAGE), "a page behind the end of the file can be read");
    CHECK(memcmp(offset, content + 8 * PAGE, 2 * PAGE) == 0, "the mapping with an offset is damaged");
    for (int i = 0; i < SIZE; i += 64)
        CHECK(untouched[i] == 0 && zeroed[i] == 0, "zero memory is not zero");

    // The file itself must not have changed.
    char *now = malloc(SIZE);
    fd = MUST(open(path, O_RDONLY));
    CHECK(read(fd, now, SIZE) == SIZE - 3 * PAGE - 100, "the file has another size");
    CHECK(memcmp(now, content, SIZE - 3 * PAGE - 100) == 0, "private writes went to the file");
    unlink(path);
    return guest_pass();
}
