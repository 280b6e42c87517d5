// Names of unix sockets: abstract ones, a server for packets, a path that was removed and one that somebody else has
// taken over, and a path that is relative. New clients find whoever has the name now.
#include "talk.h"

#include <stddef.h>
#include <sys/un.h>

static struct sockaddr_un at(const char *which)
{
    struct sockaddr_un result = {.sun_family = AF_UNIX};
    snprintf(result.sun_path, sizeof result.sun_path, "%s.%s", guest_go_path, which);
    return result;
}

static struct sockaddr_un abstract(const char *which)
{
    struct sockaddr_un result = at(which);
    memmove(result.sun_path + 1, result.sun_path, sizeof result.sun_path - 1);
    result.sun_path[0] = 0;
    return result;
}

static socklen_t length_of(const struct sockaddr_un *name)
{
    bool is_abstract = name->sun_path[0] == 0;
    return offsetof(struct sockaddr_un, sun_path) + is_abstract + strlen(name->sun_path + is_abstract);
}

static int open_server(int kind, const struct sockaddr_un *name)
{
    int fd = MUST(socket(AF_UNIX, kind, 0));
    MUST(bind(fd, (const struct sockaddr *)name, length_of(name)));
    if (kind != SOCK_DGRAM)
        MUST(listen(fd, 4));
    return fd;
}

static int open_client(int kind, const struct sockaddr_un *name)
{
    int fd = MUST(socket(AF_UNIX, kind, 0));
    MUST(connect(fd, (const struct sockaddr *)name, length_of(name)));
    return fd;
}

static void check_name(int fd, const struct sockaddr_un *name, const char *what)
{
    struct sockaddr_un found = {0};
    socklen_t size = sizeof found;
    MUST(getsockname(fd, (struct sockaddr *)&found, &size));
    CHECK(memcmp(found.sun_path, name->sun_path, length_of(name) - offsetof(struct sockaddr_un, sun_path)) == 0,
          "%s has another name", what);
}

// A new client reaches the server.
static void meet(int server, int kind, const struct sockaddr_un *name, const char *what)
{
    int client = open_client(kind, name);
    int other = kind == SOCK_DGRAM ? server : MUST(accept(server, NULL, NULL));
    talk_send(client, 20, 9);
    struct timeval limit = {20, 0};
    MUST(setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    talk_expect(other, 20, 9, what);
    close(client);
    if (other != server)
        close(other);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char directory[4096];
    CHECK(getcwd(directory, sizeof directory), "getcwd: %s", strerror(errno));
    struct sockaddr_un hidden = abstract("stream"), box = abstract("box"), packets = at("packets"), removed = at("removed"),
                       taken = at("taken"), relative = {.sun_family = AF_UNIX};
    snprintf(relative.sun_path, sizeof relative.sun_path, "relative.%d", getpid());
    int servers[] = {open_server(SOCK_STREAM, &hidden), open_server(SOCK_DGRAM, &box), open_server(SOCK_SEQPACKET, &packets),
                     open_server(SOCK_STREAM, &removed), open_server(SOCK_STREAM, &taken)};
    int client = open_client(SOCK_SEQPACKET, &packets), server = MUST(accept(servers[2], NULL, NULL));
    talk_send(client, 30, 1);
    talk_send(client, 40, 2);
    int sender = open_client(SOCK_DGRAM, &box);
    talk_send(sender, 50, 3);
    int early = open_client(SOCK_STREAM, &removed), accepted = MUST(accept(servers[3], NULL, NULL));
    talk_send(early, 60, 4);
    MUST(unlink(removed.sun_path));
    MUST(unlink(taken.sun_path));
    int successor = open_server(SOCK_STREAM, &taken), local = open_server(SOCK_STREAM, &relative);
    guest_ready();
    guest_wait();
    talk_expect(server, 30, 1, "first packet");
    talk_expect(server, 40, 2, "second packet");
    talk_expect(servers[1], 50, 3, "abstract datagram");
    talk_send(sender, 25, 5);
    talk_expect(servers[1], 25, 5, "next datagram");
    talk_expect(accepted, 60, 4, "connection by a name that is gone");
    talk_send(accepted, 35, 6);
    talk_expect(early, 35, 6, "answer");
    check_name(servers[0], &hidden, "the abstract server");
    check_name(servers[3], &removed, "the server whose path was removed");
    check_name(servers[4], &taken, "the server whose path was taken");
    check_name(local, &relative, "the server with a relative path");
    meet(servers[0], SOCK_STREAM, &hidden, "abstract server");
    meet(servers[1], SOCK_DGRAM, &box, "abstract box");
    meet(servers[2], SOCK_SEQPACKET, &packets, "server for packets");
    meet(successor, SOCK_STREAM, &taken, "whoever has the path now");
    meet(local, SOCK_STREAM, &relative, "relative path");
    CHECK(access(removed.sun_path, F_OK) < 0 && errno == ENOENT, "the removed path is there again");
    CHECK(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&removed, sizeof removed) < 0, "somebody answers at a removed path");
    unlink(packets.sun_path);
    unlink(taken.sun_path);
    unlink(relative.sun_path);
    return guest_pass();
}
