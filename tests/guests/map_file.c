// Maps the file given as the second argument and leaves some of it clean; for tests that change it.
#include "guest.h"

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    if (argc < 3) {
        fprintf(stderr, "usage: %s GO-FILE FILE\n", argv[0]);
        return 2;
    }
    int fd = MUST(open(argv[2], O_RDONLY));
    struct stat status;
    MUST(fstat(fd, &status));
    const char *mapped = MUST(mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0));
    close(fd);
    long before = 0, after = 0;
    for (off_t i = 0; i < status.st_size; i++)
        before += mapped[i] * (i + 1);
    guest_ready();
    guest_wait();
    for (off_t i = 0; i < status.st_size; i++)
        after += mapped[i] * (i + 1);
    CHECK(before == after, "the mapping changed");
    return guest_pass();
}
