// Pipes inside one process: data in flight, size, flags, packet mode, a closed end.
#include "guest.h"

#include <poll.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int data[2], big[2], packets[2], orphan[2];
    MUST(pipe2(data, O_CLOEXEC));
    MUST(pipe(big));
    MUST(pipe2(packets, O_DIRECT | O_NONBLOCK));
    MUST(pipe(orphan));
    char content[50000], found[50000];
    guest_pattern(content, sizeof content, 1);
    CHECK(write(data[1], content, sizeof content) == sizeof content, "write: %s", strerror(errno));
    CHECK(read(data[0], found, 1000) == 1000, "read: %s", strerror(errno)); // starts inside a buffer
    int size = MUST(fcntl(big[1], F_SETPIPE_SZ, 256 * 1024));
    CHECK(write(packets[1], "one", 3) == 3 && write(packets[1], "second", 6) == 6, "write: %s", strerror(errno));
    CHECK(write(orphan[1], "last", 4) == 4, "write: %s", strerror(errno));
    close(orphan[1]);
    guest_ready();
    guest_wait();
    CHECK(read(data[0], found, sizeof found) == sizeof content - 1000, "data in the pipe is lost");
    CHECK(memcmp(found, content + 1000, sizeof content - 1000) == 0, "data in the pipe is damaged");
    CHECK(fcntl(data[0], F_GETFD) == FD_CLOEXEC && fcntl(big[0], F_GETFD) == 0, "close-on-exec changed");
    CHECK(poll(&(struct pollfd){data[0], POLLIN, 0}, 1, 0) == 0, "there is more in the pipe");
    CHECK(fcntl(big[0], F_GETPIPE_SZ) == size, "the pipe holds %d bytes, held %d", fcntl(big[0], F_GETPIPE_SZ), size);
    CHECK(read(packets[0], found, sizeof found) == 3 && read(packets[0], found, sizeof found) == 6,
          "the packets ran together");
    CHECK(read(packets[0], found, 1) < 0 && errno == EAGAIN, "O_NONBLOCK is lost");
    CHECK(read(orphan[0], found, 10) == 4 && read(orphan[0], found, 10) == 0, "the end of the closed pipe is lost");
    CHECK(write(data[1], "x", 1) == 1 && read(data[0], found, 1) == 1 && found[0] == 'x', "the pipe is cut");
    return guest_pass();
}
