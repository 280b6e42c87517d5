// Netlink sockets: one that asks for devices, one that hears of changes of routes and devices, with their addresses.
#include "guest.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static int make_socket(int protocol, uint32_t groups, struct sockaddr_nl *address)
{
    socklen_t size = sizeof *address;
    *address = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    MUST(bind(fd, (struct sockaddr *)address, size));
    MUST(getsockname(fd, (struct sockaddr *)address, &size));
    return fd;
}

// Asks for all devices; loopback at least is there.
static void list_devices(int fd)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg body;
    } request = {.header = {.nlmsg_len = sizeof request,
                            .nlmsg_type = RTM_GETLINK,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                            .nlmsg_seq = 1}};
    CHECK(send(fd, &request, sizeof request, 0) == sizeof request, "send: %s", strerror(errno));
    static char buffer[65536];
    for (int devices = 0;;) {
        ssize_t length = recv(fd, buffer, sizeof buffer, 0);
        CHECK(length > 0, "recv: %s", strerror(errno));
        for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
            CHECK(message->nlmsg_type != NLMSG_ERROR, "the kernel answers with an error");
            if (message->nlmsg_type == NLMSG_DONE) {
                CHECK(devices > 0, "no device");
                return;
            }
            devices += message->nlmsg_type == RTM_NEWLINK;
        }
    }
}

static void expect_address(int fd, const struct sockaddr_nl *expected, const char *what)
{
    struct sockaddr_nl now;
    socklen_t size = sizeof now;
    MUST(getsockname(fd, (struct sockaddr *)&now, &size));
    CHECK(now.nl_pid == expected->nl_pid && now.nl_groups == expected->nl_groups, "%s: port %u, groups %#x instead of %u, %#x",
          what, now.nl_pid, now.nl_groups, expected->nl_pid, expected->nl_groups);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct sockaddr_nl asking, hearing, uevents;
    int ask = make_socket(NETLINK_ROUTE, 0, &asking);
    int hear = make_socket(NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_ROUTE, &hearing);
    int uevent = make_socket(NETLINK_KOBJECT_UEVENT, 1, &uevents);
    list_devices(ask);
    guest_ready();
    guest_wait();
    expect_address(ask, &asking, "asking");
    expect_address(hear, &hearing, "hearing");
    expect_address(uevent, &uevents, "uevents");
    list_devices(ask);
    return guest_pass();
}
