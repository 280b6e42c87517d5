// TCP connections that are still being made, for the queue of their server is full: one that the program does not wait for,
// and one that a child waits for. Both come through when there is room.
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

enum { LIMIT_MS = 40000 };

typedef struct {
    struct sockaddr_in address;
    int listener, queued;
} Server;

static int begin(const Server *server)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    CHECK(connect(fd, (const struct sockaddr *)&server->address, sizeof server->address) == 0 || errno == EINPROGRESS, "connect: %s",
          strerror(errno));
    return fd;
}

static bool is_writable(int fd, int ms)
{
    struct pollfd request = {.fd = fd, .events = POLLOUT};
    return poll(&request, 1, ms) > 0;
}

// One client waits to be accepted, and there is no room for another.
static void open_server(Server *server)
{
    socklen_t length = sizeof server->address;
    server->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server->listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(bind(server->listener, (struct sockaddr *)&server->address, length));
    MUST(getsockname(server->listener, (struct sockaddr *)&server->address, &length));
    MUST(listen(server->listener, 0));
    server->queued = begin(server);
    CHECK(is_writable(server->queued, LIMIT_MS), "the first connection does not come through");
}

// The one that waits, then the one that was not there yet.
static int accept_second(const Server *server)
{
    close(MUST(accept(server->listener, NULL, NULL)));
    return MUST(accept(server->listener, NULL, NULL));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    Server first, second;
    open_server(&first);
    open_server(&second);
    int connecting = begin(&first);
    CHECK(!is_writable(connecting, 300), "there is room for two in a queue of one");
    pid_t child = family_fork();
    if (child == 0) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        family_member_ready();
        CHECK(connect(fd, (struct sockaddr *)&second.address, sizeof second.address) == 0, "connect of the child: %s", strerror(errno));
        talk_send(fd, 90, 2);
        talk_expect(fd, 80, 3, "child");
        _exit(0);
    }
    family_ready(1);
    int accepted = accept_second(&first), error = -1;
    socklen_t size = sizeof error;
    CHECK(is_writable(connecting, LIMIT_MS), "the second connection does not come through");
    MUST(getsockopt(connecting, SOL_SOCKET, SO_ERROR, &error, &size));
    CHECK(error == 0, "the second connection: %s", strerror(error));
    talk_send(connecting, 70, 1);
    talk_expect(accepted, 70, 1, "second connection");
    accepted = accept_second(&second);
    talk_expect(accepted, 90, 2, "connection of the child");
    talk_send(accepted, 80, 3);
    family_reap(child, 0);
    return guest_pass();
}
