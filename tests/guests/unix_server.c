// A server behind a named unix socket, with clients in other processes: connected with unread data in both directions, or
// waiting in recv, and new ones afterwards. A datagram socket with a name as well.
#include "talk.h"

#include <sys/un.h>

static struct sockaddr_un address(const char *which)
{
    struct sockaddr_un result = {.sun_family = AF_UNIX};
    snprintf(result.sun_path, sizeof result.sun_path, "%s.%s", guest_go_path, which);
    return result;
}

static int connect_to(const struct sockaddr_un *server)
{
    int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect(fd, (const struct sockaddr *)server, sizeof *server));
    return fd;
}

static pid_t connected_client(const struct sockaddr_un *server, bool waits)
{
    pid_t pid = family_fork();
    if (pid == 0) {
        int fd = connect_to(server);
        if (!waits)
            talk_before(fd, true);
        family_member_ready();
        if (waits) {
            talk_expect(fd, 100, 9, "client that waits");
        } else {
            family_member_go();
            talk_after(fd, true, "client");
        }
        struct ucred peer;
        socklen_t size = sizeof peer;
        MUST(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size));
        CHECK(peer.pid == getppid() && peer.uid == getuid(), "the server is process %d of user %d", peer.pid, peer.uid);
        _exit(0);
    }
    return pid;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    struct sockaddr_un server = address("server"), mailbox = address("mailbox"), found;
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(bind(listener, (struct sockaddr *)&server, sizeof server));
    MUST(listen(listener, 5));
    int box = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
    MUST(bind(box, (struct sockaddr *)&mailbox, sizeof mailbox));
    pid_t talker = connected_client(&server, false);
    int talking = MUST(accept(listener, NULL, NULL));
    talk_before(talking, false);
    pid_t waiter = connected_client(&server, true);
    int waited = MUST(accept(listener, NULL, NULL));
    pid_t sender = family_fork();
    if (sender == 0) {
        int fd = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
        MUST(connect(fd, (struct sockaddr *)&mailbox, sizeof mailbox));
        talk_send(fd, 300, 7);
        family_member_wait();
        talk_send(fd, 200, 8);
        _exit(0);
    }
    family_ready(3);
    socklen_t size = sizeof found;
    MUST(getsockname(listener, (struct sockaddr *)&found, &size));
    CHECK(strcmp(found.sun_path, server.sun_path) == 0, "the server is at %s", found.sun_path);
    family_go();
    talk_after(talking, false, "server");
    talk_send(waited, 100, 9);
    family_reap(talker, 0);
    talk_expect_end(talking, "server");
    family_reap(waiter, 0);
    talk_expect(box, 300, 7, "mailbox");
    talk_expect(box, 200, 8, "mailbox");
    family_reap(sender, 0);
    pid_t late = family_fork();
    if (late == 0) {
        talk_send(connect_to(&server), 50, 6);
        _exit(0);
    }
    int accepted = MUST(accept(listener, NULL, NULL));
    talk_expect(accepted, 50, 6, "new client");
    talk_expect_end(accepted, "new client");
    family_reap(late, 0);
    unlink(server.sun_path);
    unlink(mailbox.sun_path);
    return guest_pass();
}
