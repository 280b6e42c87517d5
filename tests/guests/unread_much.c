// Some 40 MiB that nobody has read, in the queues of a hundred unix connections, in both directions.
#include "guest.h"

#include <sys/socket.h>

enum { PAIRS = 110, MOST = 1 << 20 };

int main(int argc, char **argv)
{
    static int fds[PAIRS][2];
    static ssize_t sent[PAIRS][2];
    static char bytes[MOST], expected[MOST];
    ssize_t total = 0;
    guest_init(argc, argv);
    for (int i = 0; i < PAIRS; i++) {
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]));
        for (int end = 0; end < 2; end++) {
            guest_pattern(bytes, MOST, 2 * i + end);
            ssize_t count;
            while (sent[i][end] < MOST &&
                   (count = send(fds[i][end], bytes + sent[i][end], MOST - sent[i][end], MSG_DONTWAIT)) > 0)
                sent[i][end] += count;
            CHECK(sent[i][end] > 0, "send: %s", strerror(errno));
            total += sent[i][end];
        }
    }
    CHECK(total > 32 << 20, "only %zd bytes fit into the queues", total);
    guest_ready();
    guest_wait();
    for (int i = 0; i < PAIRS; i++)
        for (int end = 0; end < 2; end++) {
            size_t size = sent[i][!end];
            for (size_t got = 0; got < size;) {
                ssize_t count = recv(fds[i][end], bytes + got, size - got, MSG_DONTWAIT);
                CHECK(count > 0, "pair %d: %zd after %zu of %zu bytes: %s", i, count, got, size, strerror(errno));
                got += count;
            }
            guest_pattern(expected, MOST, 2 * i + !end);
            CHECK(memcmp(bytes, expected, size) == 0, "pair %d: %zu bytes are damaged", i, size);
            CHECK(recv(fds[i][end], bytes, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, "pair %d: there is more than was sent", i);
        }
    return guest_pass();
}
