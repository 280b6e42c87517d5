// Connections that wait to be accepted: they come in their order afterwards, half closed ones as well, over TCP and unix
// sockets. New clients queue behind them.
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

enum { CLIENTS = 4, GAP_MS = 30 };

typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un local;
} Address;

static Address servers[3];
static socklen_t sizes[3];

static int make_listener(int kind)
{
    Address *address = &servers[kind];
    if (kind == 0) {
        address->four = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        sizes[kind] = sizeof address->four;
    } else if (kind == 1) {
        address->six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
        sizes[kind] = sizeof address->six;
    } else {
        address->local = (struct sockaddr_un){.sun_family = AF_UNIX};
        snprintf(address->local.sun_path, sizeof address->local.sun_path, "%s.queue", guest_go_path);
        sizes[kind] = sizeof address->local;
    }
    int fd = MUST(socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(bind(fd, &address->any, sizes[kind]));
    MUST(getsockname(fd, &address->any, &sizes[kind]));
    MUST(listen(fd, 8));
    return fd;
}

static int connect_to(int kind)
{
    int fd = MUST(socket(servers[kind].any.sa_family, SOCK_STREAM, 0));
    MUST(connect(fd, &servers[kind].any, sizes[kind]));
    return fd;
}

// The last client has shut down its direction before it was accepted.
static pid_t client(int kind, int number)
{
    pid_t pid = family_fork();
    if (pid == 0) {
        int fd = connect_to(kind);
        bool half = number == CLIENTS - 1;
        if (half)
            MUST(shutdown(fd, SHUT_WR));
        family_member_wait();
        if (!half)
            talk_send(fd, 100, 10 * kind + number);
        talk_expect(fd, 50, 100 + number, "client");
        talk_expect_end(fd, "client");
        _exit(0);
    }
    return pid;
}

static void accept_one(int listener, int kind, int number)
{
    struct pollfd readable = {.fd = listener, .events = POLLIN};
    CHECK(poll(&readable, 1, 20000) == 1, "nobody waits at listener %d for connection %d", kind, number);
    int fd = MUST(accept(listener, NULL, NULL));
    if (number != CLIENTS - 1)
        talk_expect(fd, 100, 10 * kind + number, "order of the queue");
    talk_send(fd, 50, 100 + number);
    if (number == CLIENTS - 1)
        talk_expect_end(fd, "half closed client");
    close(fd);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    int listeners[3];
    pid_t clients[3][CLIENTS];
    for (int kind = 0; kind < 3; kind++)
        listeners[kind] = make_listener(kind);
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < CLIENTS; i++) {
            clients[kind][i] = client(kind, i);
            family_ready_one();
            // The order of connections over TCP is known by their age, which the kernel tells in its own steps.
            usleep(GAP_MS * 1000);
        }
    family_run(0);
    for (int kind = 0; kind < 3; kind++) {
        for (int i = 0; i < CLIENTS; i++)
            accept_one(listeners[kind], kind, i);
        for (int i = 0; i < CLIENTS; i++)
            family_reap(clients[kind][i], 0);
        struct pollfd readable = {.fd = listeners[kind], .events = POLLIN};
        CHECK(poll(&readable, 1, 0) == 0, "somebody else waits at listener %d", kind);
        pid_t late = family_fork();
        if (late == 0) {
            talk_send(connect_to(kind), 50, 6);
            _exit(0);
        }
        int accepted = MUST(accept(listeners[kind], NULL, NULL));
        talk_expect(accepted, 50, 6, "new client");
        family_reap(late, 0);
    }
    unlink(servers[2].local.sun_path);
    return guest_pass();
}
