// TCP connections between processes over both loopback addresses: idle, with unread data in both directions, half closed,
// and with a peer that has ended. The server takes new clients afterwards.
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
} Address;

static int family;
static Address server;
static socklen_t server_size;
// A client that has shut down its direction has no peer any more once the server closes: it says first that it has looked.
static int looked[2];

enum { IDLE, BOTH, HALF, GONE, CLIENTS };

static int make_listener(void)
{
    server = (Address){};
    server.any.sa_family = family;
    if (family == AF_INET) {
        server.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        server_size = sizeof server.four;
    } else {
        server.six.sin6_addr = in6addr_loopback;
        server_size = sizeof server.six;
    }
    int fd = MUST(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
    MUST(bind(fd, &server.any, server_size));
    MUST(getsockname(fd, &server.any, &server_size));
    MUST(listen(fd, 8));
    return fd;
}

static int connect_to_server(void)
{
    int fd = MUST(socket(family, SOCK_STREAM, 0));
    MUST(connect(fd, &server.any, server_size));
    return fd;
}

static pid_t client(int kind)
{
    pid_t pid = family_fork();
    if (pid != 0)
        return pid;
    int fd = connect_to_server(), on;
    Address before[2], after[2];
    socklen_t size = sizeof before[0], word = sizeof on;
    MUST(getsockname(fd, &before[0].any, &size));
    MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)));
    if (kind == BOTH)
        talk_before(fd, true);
    if (kind == HALF || kind == GONE)
        talk_send(fd, 3000, 3);
    if (kind == HALF)
        MUST(shutdown(fd, SHUT_WR));
    family_member_ready();
    if (kind == GONE)
        _exit(0);
    family_member_go();
    memset(after, 0, sizeof after);
    size = sizeof after[0];
    MUST(getsockname(fd, &after[0].any, &size));
    CHECK(memcmp(&before[0], &after[0], size) == 0, "client %d of family %d: the port is %d, was %d", kind, family,
          ntohs(after[0].four.sin_port), ntohs(before[0].four.sin_port));
    size = sizeof after[1];
    MUST(getpeername(fd, &after[1].any, &size));
    CHECK(memcmp(&server, &after[1], size) == 0, "the client's peer changed");
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &word));
    CHECK(on, "TCP_NODELAY is lost");
    if (kind == HALF) {
        CHECK(write(looked[1], "l", 1) == 1, "write: %s", strerror(errno));
        talk_expect(fd, 2000, 4, "half closed client");
        talk_expect_end(fd, "half closed client");
    } else {
        if (kind == IDLE)
            talk_before(fd, true);
        talk_after(fd, true, "client");
    }
    _exit(0);
}

static void serve(void)
{
    int listener = make_listener(), connections[CLIENTS];
    pid_t clients[CLIENTS];
    MUST(pipe(looked));
    for (int kind = 0; kind < CLIENTS; kind++) {
        clients[kind] = client(kind);
        connections[kind] = MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    }
    talk_before(connections[BOTH], false);
    family_reap(clients[GONE], 0);
    family_member_wait();
    talk_before(connections[IDLE], false);
    talk_after(connections[IDLE], false, "server of an idle client");
    talk_after(connections[BOTH], false, "server");
    talk_expect(connections[HALF], 3000, 3, "server, half closed");
    talk_expect_end(connections[HALF], "server, half closed");
    talk_send(connections[HALF], 2000, 4);
    char byte;
    CHECK(read(looked[0], &byte, 1) == 1, "read: %s", strerror(errno));
    close(connections[HALF]);
    talk_expect(connections[GONE], 3000, 3, "server of a client that ended");
    talk_expect_end(connections[GONE], "server of a client that ended");
    for (int kind = 0; kind < GONE; kind++)
        family_reap(clients[kind], 0);
    talk_expect_end(connections[BOTH], "server");
    pid_t late = family_fork();
    if (late == 0) {
        talk_send(connect_to_server(), 50, 6);
        _exit(0);
    }
    int accepted = MUST(accept(listener, NULL, NULL));
    talk_expect(accepted, 50, 6, "new client");
    family_reap(late, 0);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    pid_t servers[2];
    for (int i = 0; i < 2; i++) {
        servers[i] = family_fork();
        if (servers[i] == 0) {
            family = i == 0 ? AF_INET : AF_INET6;
            serve();
            _exit(0);
        }
    }
    family_run(2 * (CLIENTS + 1));
    family_reap(servers[0], 0);
    family_reap(servers[1], 0);
    return guest_pass();
}
