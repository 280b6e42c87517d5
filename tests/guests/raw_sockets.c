// Raw sockets (raw(7)), for which privilege is needed, bound to a device and with a filter of messages; and a socket with a
// packet filter of its own (SO_ATTACH_FILTER), which anybody may have.
#include "talk.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <netinet/ip.h>

enum { ECHO = 8, ECHO_REPLY = 0, IDENTIFIER = 0x4950, SOL_RAW_ = 255, LIMIT_SECONDS = 20 };

static uint16_t sum(const void *bytes, size_t size)
{
    uint32_t total = 0;
    const uint16_t *words = bytes;
    for (size_t i = 0; i < size / 2; i++)
        total += words[i];
    total = (total & 0xffff) + (total >> 16);
    return (uint16_t) ~((total & 0xffff) + (total >> 16));
}

static int open_raw(void)
{
    int fd = MUST(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    struct icmp_filter filter = {~(1u << ECHO_REPLY)};
    MUST(setsockopt(fd, SOL_RAW_, ICMP_FILTER, &filter, sizeof filter));
    MUST(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
    struct timeval limit = {LIMIT_SECONDS, 0};
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    return fd;
}

// Only the answer passes the filter, not the question, which comes by the same device.
static void check_raw(int fd, const char *what)
{
    char device[16] = "";
    socklen_t size = sizeof device;
    MUST(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &size));
    CHECK(strcmp(device, "lo") == 0, "%s: bound to '%s'", what, device);
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct icmphdr question = {.type = ECHO, .un.echo = {IDENTIFIER, (uint16_t)getpid()}};
    question.checksum = sum(&question, sizeof question);
    CHECK(sendto(fd, &question, sizeof question, 0, (struct sockaddr *)&self, sizeof self) == sizeof question, "%s: %s", what, strerror(errno));
    for (;;) {
        char packet[512];
        ssize_t got = recv(fd, packet, sizeof packet, 0);
        CHECK(got >= (ssize_t)(sizeof(struct iphdr) + sizeof(struct icmphdr)), "%s: no answer: %s", what, strerror(errno));
        struct icmphdr answer;
        memcpy(&answer, packet + sizeof(struct iphdr), sizeof answer);
        CHECK(answer.type == ECHO_REPLY, "%s: a message of type %d passed the filter", what, answer.type);
        if (answer.un.echo.id == IDENTIFIER && answer.un.echo.sequence == (uint16_t)getpid())
            return;
    }
}

// Datagrams that begin with 'y' pass.
static int open_filtered(int ends[2])
{
    struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'y', 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, 0xffff), BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
    CHECK(send(ends[1], "no, but before", 14, 0) == 14, "send: %s", strerror(errno));
    MUST(setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    return ends[0];
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int ends[2], raw = geteuid() == 0 ? open_raw() : -1;
    int filtered = open_filtered(ends);
    if (raw >= 0)
        check_raw(raw, "before");
    guest_ready();
    guest_wait();
    if (raw >= 0)
        check_raw(raw, "after");
    char bytes[32] = "";
    CHECK(recv(filtered, bytes, sizeof bytes, MSG_DONTWAIT) == 14 && bytes[0] == 'n', "what came before the filter is lost");
    send(ends[1], "no", 2, 0);
    CHECK(send(ends[1], "yes", 3, 0) == 3, "send: %s", strerror(errno));
    CHECK(recv(filtered, bytes, sizeof bytes, MSG_DONTWAIT) == 3 && bytes[0] == 'y', "the filter is lost");
    return guest_pass();
}
