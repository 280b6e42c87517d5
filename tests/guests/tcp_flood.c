// TCP connections with more on its way than the receiver's buffer holds, in both directions, with buffers of the kernel's
// choice and small ones; data that is held back by TCP_CORK and MSG_MORE; urgent data, in the stream and beside it.
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

enum { MOST = 12 << 20, HELD = 700 };

typedef struct {
    int ends[2];
    ssize_t sent[2]; // by each end
} Pair;

static void make_pair(Pair *pair, int size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (size)
        MUST(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
    MUST(bind(listener, (struct sockaddr *)&address, length));
    MUST(getsockname(listener, (struct sockaddr *)&address, &length));
    MUST(listen(listener, 1));
    pair->ends[0] = MUST(socket(AF_INET, SOCK_STREAM, 0));
    if (size) {
        MUST(setsockopt(pair->ends[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
        MUST(setsockopt(pair->ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    }
    MUST(connect(pair->ends[0], (struct sockaddr *)&address, length));
    pair->ends[1] = MUST(accept(listener, NULL, NULL));
    close(listener);
}

// Sends until nothing more goes.
static void fill(Pair *pair, int end)
{
    char *bytes = malloc(MOST);
    guest_pattern(bytes, MOST, end);
    ssize_t count;
    while (pair->sent[end] < MOST &&
           (count = send(pair->ends[end], bytes + pair->sent[end], MOST - pair->sent[end], MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
        pair->sent[end] += count;
    CHECK(pair->sent[end] == MOST || errno == EAGAIN, "send: %s", strerror(errno));
    free(bytes);
}

static void expect_all(Pair *pair, int end)
{
    size_t size = pair->sent[!end];
    char *bytes = malloc(MOST), *expected = malloc(MOST);
    guest_pattern(expected, MOST, !end);
    for (size_t got = 0; got < size;) {
        ssize_t count = recv(pair->ends[end], bytes + got, size - got, 0);
        CHECK(count > 0, "%zd after %zu of %zu bytes: %s", count, got, size, strerror(errno));
        got += count;
    }
    CHECK(memcmp(bytes, expected, size) == 0, "%zu bytes are damaged", size);
    CHECK(recv(pair->ends[end], bytes, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, "there is more than was sent");
    free(bytes);
    free(expected);
}

static void expect_urgent(int fd, bool in_stream, int before)
{
    char byte = 0;
    int mark = 0;
    if (before > 0)
        talk_expect(fd, before, 7, "before the urgent byte");
    MUST(ioctl(fd, SIOCATMARK, &mark));
    CHECK(mark, "no mark after %d bytes", before);
    CHECK(recv(fd, &byte, 1, in_stream ? 0 : MSG_OOB) == 1 && byte == '!', "the urgent byte is %#x", byte);
    talk_expect(fd, 300, 8, "behind the urgent byte");
}

int main(int argc, char **argv)
{
    static const int before[] = {200, 0};
    guest_init(argc, argv);
    family_init();
    Pair floods[2] = {0}, corked = {0}, more = {0}, urgent[4] = {0};
    make_pair(&floods[0], 0);
    make_pair(&floods[1], 8192);
    make_pair(&corked, 0);
    make_pair(&more, 0);
    for (int i = 0; i < 2; i++) {
        fill(&floods[i], 0);
        fill(&floods[i], 1);
    }
    for (int i = 0; i < 4; i++) {
        make_pair(&urgent[i], 0);
        if (i & 1)
            MUST(setsockopt(urgent[i].ends[1], SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int)));
        if (before[i / 2])
            talk_send(urgent[i].ends[0], before[i / 2], 7);
        CHECK(send(urgent[i].ends[0], "!", 1, MSG_OOB) == 1, "send: %s", strerror(errno));
        talk_send(urgent[i].ends[0], 300, 8);
    }
    MUST(setsockopt(corked.ends[0], IPPROTO_TCP, TCP_CORK, &(int){1}, sizeof(int)));
    talk_send(corked.ends[0], HELD, 5);
    char bytes[HELD];
    guest_pattern(bytes, HELD, 6);
    CHECK(send(more.ends[0], bytes, HELD, MSG_MORE) == HELD, "send: %s", strerror(errno));
    guest_ready();
    guest_wait();
    for (int i = 0; i < 2; i++) {
        expect_all(&floods[i], 0);
        expect_all(&floods[i], 1);
        talk_send(floods[i].ends[0], 100, 3);
        talk_expect(floods[i].ends[1], 100, 3, "after the flood");
    }
    int cork = 0;
    socklen_t size = sizeof cork;
    MUST(getsockopt(corked.ends[0], IPPROTO_TCP, TCP_CORK, &cork, &size));
    CHECK(cork == 1, "TCP_CORK is lost");
    talk_expect(corked.ends[1], HELD, 5, "corked data");
    talk_expect(more.ends[1], HELD, 6, "data with more to come");
    for (int i = 0; i < 4; i++)
        expect_urgent(urgent[i].ends[1], i & 1, before[i / 2]);
    return guest_pass();
}
