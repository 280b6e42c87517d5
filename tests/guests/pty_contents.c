// Pseudoterminals with both ends in the process: numbers, modes, size, packet mode, lock and exclusive mode, and what is
// unread in both directions, whole lines, the end-of-file mark and half a line included.
#include "guest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

struct pair {
    int master, slave;
    char name[64];
};

static struct pair make(void) {
    struct pair p;
    p.master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    MUST(grantpt(p.master));
    MUST(unlockpt(p.master));
    CHECK(ptsname_r(p.master, p.name, sizeof p.name) == 0, "ptsname");
    p.slave = MUST(open(p.name, O_RDWR | O_NOCTTY));
    return p;
}

static void put(int fd, const char *text) { CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write %s", text); }

// Waits for input, reads once, compares.
static void expect(int fd, const char *what, const char *text) {
    char got[5000];
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, 5000) == 1, "%s: nothing to read", what);
    ssize_t n = MUST(read(fd, got, sizeof got));
    CHECK(n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0, "%s: '%.*s' instead of '%s'", what, (int)n, got, text);
}

static void expect_nothing(int fd, const char *what) {
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 0, "%s: there is something (%x)", what, p.revents);
}

// What is on its way has arrived when it can be counted.
static void arrive(int fd, int count) {
    struct pollfd p = {fd, POLLIN, 0};
    int unread = 0;
    for (int64_t end = guest_now() + 5000000000; guest_now() < end && unread < count;) {
        poll(&p, 1, 0);
        MUST(ioctl(fd, FIONREAD, &unread));
    }
    CHECK(unread == count, "%d bytes arrived, expected %d", unread, count);
}

static void set_local(int fd, tcflag_t on, tcflag_t off) {
    struct termios t;
    MUST(tcgetattr(fd, &t));
    t.c_lflag = (t.c_lflag | on) & ~off;
    MUST(tcsetattr(fd, TCSANOW, &t));
}

int main(int argc, char **argv) {
    guest_init(argc, argv);
    struct pair lines = make(), raw = make(), packets = make(), states = make();

    set_local(lines.slave, 0, ECHO);
    put(lines.master, "first\nsecond\n\004third\004ha");
    put(lines.slave, "out\n");
    struct winsize size = {33, 77, 5, 6};
    MUST(ioctl(lines.master, TIOCSWINSZ, &size));

    struct termios t;
    MUST(tcgetattr(raw.slave, &t));
    cfmakeraw(&t);
    t.c_cc[VMIN] = 7;
    t.c_cc[VTIME] = 3;
    cfsetspeed(&t, B19200);
    MUST(tcsetattr(raw.slave, TCSANOW, &t));
    put(raw.master, "\001\003\004\021\023\033[A\r\n");
    arrive(raw.slave, 10);
    char much[3000];
    guest_pattern(much, sizeof much, 5);
    CHECK(write(raw.slave, much, sizeof much) == sizeof much, "write much");

    int on = 1;
    MUST(ioctl(packets.master, TIOCPKT, &on));
    put(packets.slave, "packet\n");

    int closed = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    MUST(unlockpt(closed));
    MUST(close(MUST(open(ptsname(closed), O_RDWR | O_NOCTTY))));
    int locked = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    int locked_number;
    MUST(ioctl(locked, TIOCGPTN, &locked_number));
    int hung = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    MUST(unlockpt(hung));
    int orphan = MUST(open(ptsname(hung), O_RDWR | O_NOCTTY));
    MUST(close(hung));
    int second = MUST(open(states.name, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    MUST(fchmod(states.slave, 0640));

    guest_ready();
    guest_wait();

    char name[64];
    CHECK(ttyname_r(lines.slave, name, sizeof name) == 0 && !strcmp(name, lines.name), "the slave is %s, was %s", name, lines.name);
    CHECK(ptsname_r(lines.master, name, sizeof name) == 0 && !strcmp(name, lines.name), "the master's is %s, was %s", name, lines.name);
    struct winsize now;
    MUST(ioctl(lines.slave, TIOCGWINSZ, &now));
    CHECK(!memcmp(&now, &size, sizeof now), "size %dx%d", now.ws_row, now.ws_col);
    expect(lines.master, "output", "out\r\n");
    expect(lines.slave, "first line", "first\n");
    expect(lines.slave, "second line", "second\n");
    expect(lines.slave, "end of file", "");
    expect(lines.slave, "line ended by end of file", "third");
    expect_nothing(lines.slave, "half a line");
    put(lines.master, "lf\n");
    expect(lines.slave, "half a line", "half\n");

    MUST(tcgetattr(raw.slave, &t));
    CHECK(t.c_cc[VMIN] == 7 && t.c_cc[VTIME] == 3 && !(t.c_lflag & ICANON) && cfgetospeed(&t) == B19200, "raw modes");
    expect(raw.slave, "raw input", "\001\003\004\021\023\033[A\r\n");
    char got[sizeof much];
    for (size_t have = 0; have < sizeof got;) have += (size_t)MUST(read(raw.master, got + have, sizeof got - have));
    CHECK(guest_check_pattern(got, sizeof got, 5) < 0, "output of raw pair differs");

    int mode = 0;
    MUST(ioctl(packets.master, TIOCGPKT, &mode));
    CHECK(mode == 1, "packet mode is off");
    char packet[32];
    ssize_t n = MUST(read(packets.master, packet, sizeof packet));
    CHECK(n == 9 && packet[0] == 0 && !memcmp(packet + 1, "packet\r\n", 8), "packet of %zd bytes", n);
    expect_nothing(packets.master, "after the packet");
    MUST(tcflush(packets.slave, TCIFLUSH));
    n = MUST(read(packets.master, packet, sizeof packet));
    CHECK(n == 1 && packet[0] == TIOCPKT_FLUSHREAD, "report %d", packet[0]);

    struct pollfd p = {closed, POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP), "closed slave: %x", p.revents);
    p.fd = locked;
    CHECK(poll(&p, 1, 0) == 0, "slave that was never opened: %x", p.revents);
    MUST(ioctl(locked, TIOCGPTLCK, &mode));
    CHECK(mode == 1, "not locked any more");
    MUST(ioctl(locked, TIOCGPTN, &mode));
    CHECK(mode == locked_number, "number %d, was %d", mode, locked_number);
    CHECK(read(orphan, packet, 1) == 0, "hung up: reading");
    CHECK(write(orphan, packet, 1) == -1 && errno == EIO, "hung up: writing");
    CHECK((MUST(fcntl(second, F_GETFL)) & (O_ACCMODE | O_NONBLOCK)) == (O_RDONLY | O_NONBLOCK), "flags of a second description");
    CHECK((MUST(fcntl(states.slave, F_GETFL)) & (O_ACCMODE | O_NONBLOCK)) == O_RDWR, "flags of the first description");
    struct stat status;
    MUST(stat(states.name, &status));
    CHECK((status.st_mode & 0777) == 0640, "mode %o", status.st_mode);
    return guest_pass();
}
