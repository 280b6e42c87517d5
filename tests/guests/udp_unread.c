// Unread datagrams between sockets of the program, over both versions of the protocol, with their borders and senders; a
// multicast group and its interface; the limits of UDP-lite where the kernel has it.
#include "talk.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

enum { MESSAGES = 3, UDPLITE_SEND_CSCOV_ = 10 };
static const size_t sizes[MESSAGES] = {10, 900, 1};

typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
} Address;

static int make_socket(int family, Address *address, socklen_t *size)
{
    memset(address, 0, sizeof *address);
    address->any.sa_family = family;
    if (family == AF_INET)
        address->four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        address->six.sin6_addr = in6addr_loopback;
    *size = family == AF_INET ? sizeof address->four : sizeof address->six;
    int fd = MUST(socket(family, SOCK_DGRAM, 0));
    MUST(bind(fd, &address->any, *size));
    MUST(getsockname(fd, &address->any, size));
    return fd;
}

static void send_messages(int fd, int seed)
{
    for (int i = 0; i < MESSAGES; i++)
        talk_send(fd, sizes[i], seed + i);
}

static void expect_messages(int fd, int seed, const Address *sender, socklen_t size)
{
    char bytes[1000];
    for (int i = 0; i < MESSAGES; i++) {
        Address from;
        socklen_t length = sizeof from;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &from.any, &length);
        CHECK(got == (ssize_t)sizes[i], "datagram %d has %zd bytes instead of %zu: %s", i, got, sizes[i], strerror(errno));
        CHECK(guest_check_pattern(bytes, got, seed + i) < 0, "datagram %d is damaged", i);
        CHECK(length == size && memcmp(&from, sender, size) == 0, "datagram %d is from somebody else", i);
    }
    CHECK(recv(fd, bytes, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, "there is one more datagram");
}

int main(int argc, char **argv)
{
    static const int families[2] = {AF_INET, AF_INET6};
    guest_init(argc, argv);
    int pairs[2][2], open_ended, sender;
    Address addresses[2][2], open_address, sender_address;
    socklen_t size[2], open_size, sender_size;
    for (int i = 0; i < 2; i++) {
        for (int end = 0; end < 2; end++)
            pairs[i][end] = make_socket(families[i], &addresses[i][end], &size[i]);
        for (int end = 0; end < 2; end++)
            MUST(connect(pairs[i][end], &addresses[i][!end].any, size[i]));
        for (int end = 0; end < 2; end++)
            send_messages(pairs[i][end], 10 * end);
    }
    open_ended = make_socket(AF_INET, &open_address, &open_size);
    sender = make_socket(AF_INET, &sender_address, &sender_size);
    MUST(connect(sender, &open_address.any, open_size));
    send_messages(sender, 30);

    int group = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    int loopback = if_nametoindex("lo");
    struct ip_mreqn membership = {.imr_multiaddr.s_addr = inet_addr("239.7.7.7"), .imr_ifindex = loopback};
    MUST(setsockopt(group, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership));
    MUST(setsockopt(group, IPPROTO_IP, IP_MULTICAST_TTL, &(int){7}, sizeof(int)));
    int lite = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    if (lite >= 0)
        MUST(setsockopt(lite, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV_, &(int){20}, sizeof(int)));
    guest_ready();
    guest_wait();
    for (int i = 0; i < 2; i++) {
        for (int end = 0; end < 2; end++)
            expect_messages(pairs[i][end], 10 * !end, &addresses[i][!end], size[i]);
        send_messages(pairs[i][0], 50);
        expect_messages(pairs[i][1], 50, &addresses[i][0], size[i]);
    }
    expect_messages(open_ended, 30, &sender_address, sender_size);
    int value = 0;
    socklen_t length = sizeof value;
    MUST(getsockopt(group, IPPROTO_IP, IP_MULTICAST_TTL, &value, &length));
    CHECK(value == 7, "IP_MULTICAST_TTL is %d", value);
    CHECK(setsockopt(group, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) < 0 && errno == EADDRINUSE,
          "the socket is no member of its group any more: %s", strerror(errno));
    if (lite >= 0) {
        MUST(getsockopt(lite, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV_, &value, &length));
        CHECK(value == 20, "UDPLITE_SEND_CSCOV is %d", value);
    }
    return guest_pass();
}
