// Hundreds of pseudoterminals, both ends in the process: each keeps its number, its size and what is unread in it.
#include "guest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { PAIRS = 240 };

int main(int argc, char **argv) {
    guest_init(argc, argv);
    int masters[PAIRS], slaves[PAIRS];
    char names[PAIRS][64], text[64];
    for (int i = 0; i < PAIRS; i++) {
        masters[i] = MUST(posix_openpt(O_RDWR | O_NOCTTY));
        MUST(unlockpt(masters[i]));
        CHECK(ptsname_r(masters[i], names[i], sizeof names[i]) == 0, "ptsname");
        slaves[i] = MUST(open(names[i], O_RDWR | O_NOCTTY));
        struct winsize size = {(unsigned short)(10 + i), 80, 0, 0};
        MUST(ioctl(masters[i], TIOCSWINSZ, &size));
        int length = snprintf(text, sizeof text, "line %d\n", i);
        CHECK(write(masters[i], text, (size_t)length) == length, "write");
    }

    guest_ready();
    guest_wait();

    for (int i = 0; i < PAIRS; i++) {
        char name[64], got[64];
        CHECK(ptsname_r(masters[i], name, sizeof name) == 0 && !strcmp(name, names[i]), "pair %d is %s, was %s", i, name, names[i]);
        CHECK(ttyname_r(slaves[i], name, sizeof name) == 0 && !strcmp(name, names[i]), "slave %d is %s, was %s", i, name, names[i]);
        struct winsize size;
        MUST(ioctl(slaves[i], TIOCGWINSZ, &size));
        CHECK(size.ws_row == 10 + i, "pair %d has %d rows", i, size.ws_row);
        struct pollfd p = {slaves[i], POLLIN, 0};
        CHECK(poll(&p, 1, 5000) == 1, "pair %d: nothing to read", i);
        ssize_t n = MUST(read(slaves[i], got, sizeof got - 1));
        got[n] = 0;
        snprintf(text, sizeof text, "line %d\n", i);
        CHECK(!strcmp(got, text), "pair %d: '%s'", i, got);
    }
    return guest_pass();
}
