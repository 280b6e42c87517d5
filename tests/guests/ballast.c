// Holds as many MiB of random memory as the second argument says, and works on one page of it; for
// tests in which a checkpoint has to take its time or fail in the middle.
#include "guest.h"

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    size_t size = (argc > 2 ? strtoul(argv[2], NULL, 10) : 1) << 20;
    char *memory = MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    guest_pattern(memory, size, 1);
    guest_ready();
    size_t pages = size / 4096;
    uint64_t rounds = 0;
    for (; !guest_go(); rounds++) {
        // Each visit leaves its number in the page, on top of the pattern.
        uint64_t *page = (uint64_t *)(memory + rounds % pages * 4096);
        CHECK(rounds < pages || page[0] == rounds - pages, "page %lu was visited at %lu", rounds % pages, page[0]);
        page[0] = rounds;
        usleep(200);
    }
    char *expected = malloc(size);
    guest_pattern(expected, size, 1);
    for (uint64_t i = 0; i < pages; i++)
        CHECK(memcmp(memory + i * 4096 + 8, expected + i * 4096 + 8, 4088) == 0, "page %lu is damaged", i);
    return guest_pass();
}
