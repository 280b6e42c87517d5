// Descriptors on their way in messages that nobody has read (SCM_RIGHTS), held by the queue alone: in a stream between plain
// bytes, in datagrams and packets; a pipe with unread data, a file at an offset, memory, a socket with descriptors in its
// own queue, and one that is in the queue of its own other end. Credentials of senders that live, and of one that has ended.
#include "talk.h"

#include <sys/eventfd.h>

enum { BEFORE = 300, WITH = 50, BEHIND = 200, MOST = 4, OFFSET = 1234 };

static void give(int by, size_t size, uint64_t seed, const int *fds, int count)
{
    char bytes[512];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * MOST)];
    } control = {0};
    guest_pattern(bytes, size, seed);
    struct iovec vector = {bytes, size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    }
    CHECK(sendmsg(by, &message, 0) == (ssize_t)size, "sendmsg: %s", strerror(errno));
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

// Reads one message of exactly so many bytes; returns how many descriptors came, and who sent it.
static int take(int by, size_t size, uint64_t seed, int *fds, struct ucred *sender, const char *what)
{
    char bytes[512];
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    struct iovec vector = {bytes, size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(by, &message, MSG_DONTWAIT);
    CHECK(got == (ssize_t)size, "%s: %zd bytes instead of %zu: %s", what, got, size, got < 0 ? strerror(errno) : "");
    CHECK(guest_check_pattern(bytes, size, seed) < 0, "%s: the bytes are damaged", what);
    int count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_type == SCM_RIGHTS) {
            count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(header), sizeof(int) * count);
        } else if (header->cmsg_type == SCM_CREDENTIALS && sender) {
            memcpy(sender, CMSG_DATA(header), sizeof *sender);
        }
    }
    return count;
}

static void expect_no_more(int by, const char *what)
{
    char byte;
    CHECK(recv(by, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, "%s: there is more than was sent", what);
}

static int some_file(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.rights", guest_go_path);
    int fd = MUST(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
    char bytes[4096];
    guest_pattern(bytes, sizeof bytes, 40);
    CHECK(write(fd, bytes, sizeof bytes) == sizeof bytes, "write: %s", strerror(errno));
    MUST(lseek(fd, OFFSET, SEEK_SET));
    return fd;
}

static void check_file(int fd)
{
    char bytes[4096], expected[4096], path[4096];
    guest_pattern(expected, sizeof expected, 40);
    CHECK(read(fd, bytes, sizeof bytes) == 4096 - OFFSET, "the file is not at its offset");
    CHECK(memcmp(bytes, expected + OFFSET, 4096 - OFFSET) == 0, "another file came");
    snprintf(path, sizeof path, "%s.rights", guest_go_path);
    unlink(path);
}

static int some_memory(void)
{
    char bytes[512];
    int fd = MUST(memfd_create("rights", 0));
    guest_pattern(bytes, sizeof bytes, 50);
    CHECK(write(fd, bytes, sizeof bytes) == sizeof bytes, "write: %s", strerror(errno));
    return fd;
}

static void check_memory(int fd)
{
    char bytes[512];
    CHECK(pread(fd, bytes, sizeof bytes, 0) == sizeof bytes, "the memory has another size");
    CHECK(guest_check_pattern(bytes, sizeof bytes, 50) < 0, "the memory is damaged");
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    int stream[2], datagram[2], packet[2], pipes[2], inner[2], own[2], named[2], half[2], fds[MOST];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram));
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packet));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, inner));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, own));
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, named));
    MUST(setsockopt(named[0], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
    pid_t gone = family_fork();
    if (gone == 0) {
        give(named[1], 10, 60, NULL, 0);
        _exit(0);
    }
    family_reap(gone, 0);
    MUST(pipe(pipes));
    pid_t child = family_fork();
    if (child == 0) {
        // Both ends of the pipe and all that is sent here is then in queues, and nowhere else.
        close(pipes[0]);
        CHECK(write(pipes[1], "in the pipe", 11) == 11, "write: %s", strerror(errno));
        give(stream[1], BEFORE, 1, NULL, 0);
        give(stream[1], WITH, 2, (int[]){pipes[1], some_file()}, 2);
        give(stream[1], BEHIND, 3, NULL, 0);
        give(named[1], 20, 61, NULL, 0);
        family_member_ready();
        family_member_go();
        talk_expect(stream[1], 100, 70, "answer");
        _exit(0);
    }
    close(pipes[1]);
    give(datagram[1], 30, 4, (int[]){pipes[0]}, 1);
    give(datagram[1], 40, 5, NULL, 0);
    // In a socket that is itself in a queue.
    give(inner[1], 60, 6, (int[]){some_memory()}, 1);
    give(packet[1], 70, 7, (int[]){inner[0], MUST(eventfd(77, 0))}, 2);
    // In the queue of its own other end.
    give(own[1], 80, 8, (int[]){MUST(dup(own[0]))}, 1);
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, half));
    give(half[1], 90, 9, NULL, 0);
    close(half[1]);
    family_run(1);

    CHECK(take(stream[0], BEFORE, 1, fds, NULL, "stream") == 0, "descriptors came too early");
    CHECK(take(stream[0], WITH, 2, fds, NULL, "stream") == 2, "two descriptors are missing");
    int writer = fds[0];
    check_file(fds[1]);
    CHECK(take(stream[0], BEHIND, 3, fds, NULL, "stream") == 0, "descriptors came twice");
    expect_no_more(stream[0], "stream");
    CHECK(take(datagram[0], 30, 4, fds, NULL, "datagram") == 1, "the pipe is missing");
    int reader = fds[0];
    CHECK(take(datagram[0], 40, 5, fds, NULL, "datagram") == 0, "a descriptor came twice");
    expect_no_more(datagram[0], "datagram");
    char text[64];
    CHECK(write(writer, "!", 1) == 1, "write: %s", strerror(errno));
    CHECK(read(reader, text, sizeof text) == 12 && memcmp(text, "in the pipe!", 12) == 0, "the pipe is another one");
    close(writer);
    CHECK(read(reader, text, sizeof text) == 0, "somebody else holds the pipe");
    CHECK(take(packet[0], 70, 7, fds, NULL, "packet") == 2, "two descriptors are missing");
    int nested = fds[0];
    uint64_t count = 0;
    CHECK(read(fds[1], &count, sizeof count) == sizeof count && count == 77, "the eventfd holds %llu", (unsigned long long)count);
    CHECK(take(nested, 60, 6, fds, NULL, "socket in a queue") == 1, "the memory is missing");
    check_memory(fds[0]);
    talk_send(inner[1], 90, 71);
    talk_expect(nested, 90, 71, "socket that was in a queue");
    CHECK(take(own[0], 80, 8, fds, NULL, "own queue") == 1, "the socket is missing");
    talk_send(own[1], 90, 72);
    talk_expect(fds[0], 90, 72, "socket that was in its own queue");
    CHECK(take(half[0], 90, 9, fds, NULL, "half") == 0 && recv(half[0], text, 1, MSG_DONTWAIT) == 0, "no end of the packets");
    struct ucred sender = {0};
    take(named[0], 10, 60, fds, &sender, "credentials");
    CHECK(sender.pid == gone && sender.uid == getuid() && sender.gid == getgid(), "process %d of user %d sent it", sender.pid, sender.uid);
    take(named[0], 20, 61, fds, &sender, "credentials");
    CHECK(sender.pid == child, "process %d sent it instead of %d", sender.pid, child);
    talk_send(stream[0], 100, 70);
    family_reap(child, 0);
    return guest_pass();
}
