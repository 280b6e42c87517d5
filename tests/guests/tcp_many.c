// Two thousand TCP connections between two processes, as a server of many clients has them: unread data in both directions
// in some, everything goes on afterwards. With a low limit of open files there are as many as that allows.
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>

enum { MOST = 2000, OTHERS = 64, EACH = 37 };

// A restart needs some more than the program (docs/limitations.md).
static int how_many(void)
{
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    long possible = ((long)limit.rlim_max - OTHERS) / 6;
    return possible < MOST ? (int)possible : MOST;
}

static void say(int fd, int connection, bool client)
{
    if (connection % 3 != client)
        talk_send(fd, EACH, 2 * connection + client);
}

static void hear(int fd, int connection, bool client)
{
    if (connection % 3 != !client)
        talk_expect(fd, EACH, 2 * connection + !client, client ? "client" : "server");
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    int count = how_many();
    int *fds = malloc(count * sizeof *fds);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(bind(listener, (struct sockaddr *)&address, length));
    MUST(getsockname(listener, (struct sockaddr *)&address, &length));
    MUST(listen(listener, 128));
    pid_t client = family_fork();
    for (int i = 0; i < count; i++) {
        if (client == 0) {
            fds[i] = MUST(socket(AF_INET, SOCK_STREAM, 0));
            MUST(connect(fds[i], (struct sockaddr *)&address, length));
            // The next one only when this one is accepted: so the order is known.
            CHECK(recv(fds[i], &(char){0}, 1, 0) == 1, "connection %d: %s", i, strerror(errno));
        } else {
            fds[i] = MUST(accept(listener, NULL, NULL));
            CHECK(send(fds[i], "+", 1, 0) == 1, "connection %d: %s", i, strerror(errno));
        }
    }
    for (int i = 0; i < count; i++)
        say(fds[i], i, client == 0);
    if (client == 0)
        family_member_wait();
    else
        family_run(1);
    for (int i = 0; i < count; i++)
        hear(fds[i], i, client == 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count; i++)
            say(fds[i], i + round, client == 0);
        for (int i = 0; i < count; i++)
            hear(fds[i], i + round, client == 0);
    }
    if (client == 0)
        _exit(0);
    family_reap(client, 0);
    return guest_pass();
}
