// Writes numbered lines to the file given as the second argument, in append mode.
#include "guest.h"

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    if (argc < 3) {
        fprintf(stderr, "usage: %s GO-FILE FILE\n", argv[0]);
        return 2;
    }
    int fd = MUST(open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0666));
    guest_ready();
    for (long number = 0; !guest_go(); number++) {
        char line[32];
        int length = snprintf(line, sizeof line, "%ld\n", number);
        CHECK(write(fd, line, length) == length, "write: %s", strerror(errno));
        usleep(500);
    }
    return guest_pass();
}
