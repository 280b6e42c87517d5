// Named pipes: all ways of opening, data inside, size, packets, a removed one, hangup and no hangup.
#include "guest.h"

#include <poll.h>

static short events(int fd)
{
    struct pollfd request = {fd, POLLIN, 0};
    poll(&request, 1, 0);
    return request.revents;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char directory[] = "fifos.XXXXXX";
    CHECK(mkdtemp(directory), "mkdtemp: %s", strerror(errno));
    MUST(chdir(directory));
    const char *const names[] = {"both", "ends", "packets", "removed", "alone", "left"};
    for (int i = 0; i < 6; i++)
        MUST(mkfifo(names[i], 0640));

    char content[30000], found[70000];
    guest_pattern(content, sizeof content, 5);
    int both = MUST(open("both", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    CHECK(write(both, content, sizeof content) == sizeof content && read(both, found, 77) == 77, "write: %s",
          strerror(errno));
    int reader = MUST(open("ends", O_RDONLY | O_NONBLOCK)), writer = MUST(open("ends", O_WRONLY));
    MUST(fcntl(reader, F_SETFL, 0));
    int size = MUST(fcntl(writer, F_SETPIPE_SZ, 1 << 18));
    CHECK(write(writer, "between", 7) == 7, "write: %s", strerror(errno));
    int packet_reader = MUST(open("packets", O_RDONLY | O_NONBLOCK)), packets = MUST(open("packets", O_WRONLY));
    MUST(fcntl(packets, F_SETFL, O_DIRECT));
    CHECK(write(packets, "a", 1) == 1 && write(packets, "bcd", 3) == 3, "write: %s", strerror(errno));
    int removed = MUST(open("removed", O_RDWR));
    CHECK(write(removed, "kept", 4) == 4, "write: %s", strerror(errno));
    MUST(unlink("removed"));
    int alone = MUST(open("alone", O_RDONLY | O_NONBLOCK)); // nobody has ever written
    CHECK(events(alone) == 0, "poll gives %x without a writer", events(alone));
    int left = MUST(open("left", O_RDONLY | O_NONBLOCK)), leaving = MUST(open("left", O_WRONLY));
    CHECK(write(leaving, "bye", 3) == 3, "write: %s", strerror(errno));
    close(leaving);
    CHECK(events(left) == (POLLIN | POLLHUP), "poll gives %x after the writer left", events(left));
    guest_ready();
    guest_wait();

    CHECK(read(both, found, sizeof found) == sizeof content - 77, "what was in the FIFO is lost");
    CHECK(memcmp(found, content + 77, sizeof content - 77) == 0, "what was in the FIFO is damaged");
    CHECK(read(both, found, 1) < 0 && errno == EAGAIN && fcntl(both, F_GETFD) == FD_CLOEXEC, "flags are lost");
    CHECK(read(reader, found, sizeof found) == 7 && memcmp(found, "between", 7) == 0, "data between two ends is lost");
    CHECK(fcntl(reader, F_GETFL) == O_RDONLY + (fcntl(reader, F_GETFL) & 0100000), "flags %o", fcntl(reader, F_GETFL));
    CHECK((fcntl(writer, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == O_WRONLY, "flags %o", fcntl(writer, F_GETFL));
    CHECK(fcntl(reader, F_GETPIPE_SZ) == size, "the FIFO holds %d bytes, held %d", fcntl(reader, F_GETPIPE_SZ), size);
    CHECK(write(writer, "z", 1) == 1 && read(reader, found, 9) == 1, "the ends are apart");
    CHECK(read(packet_reader, found, 9) == 1 && read(packet_reader, found, 9) == 3, "packets ran together");
    CHECK(write(packets, "x", 1) == 1 && write(packets, "y", 1) == 1 && read(packet_reader, found, 9) == 1,
          "packet mode is lost");
    CHECK(read(removed, found, 9) == 4 && memcmp(found, "kept", 4) == 0, "data in the removed FIFO is lost");
    struct stat status;
    MUST(fstat(removed, &status));
    CHECK(S_ISFIFO(status.st_mode) && access("removed", F_OK) != 0, "the removed FIFO is not what it was");
    CHECK(events(alone) == 0, "poll gives %x without a writer", events(alone));
    CHECK(events(left) == (POLLIN | POLLHUP), "poll gives %x where the writer has left", events(left));
    CHECK(read(left, found, 9) == 3 && read(left, found, 9) == 0, "the last words are lost");

    // It is the same FIFO for who opens it now.
    int late = MUST(open("alone", O_WRONLY | O_NONBLOCK));
    CHECK(write(late, "hello", 5) == 5 && read(alone, found, 9) == 5, "the FIFO is another one");
    for (int i = 0; i < 6; i++)
        unlink(names[i]);
    MUST(chdir(".."));
    rmdir(directory);
    return guest_pass();
}
