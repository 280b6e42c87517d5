// Socket pairs between parent and child, of every kind: unread data in both directions, borders of messages, one
// direction shut down, a peer that is gone.
#include "talk.h"

static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
static const char *const names[] = {"stream", "datagram", "seqpacket"};
static const size_t sizes[] = {10, 5000, 1, 300};
enum { KINDS = 3, MESSAGES = 4 };

static void send_messages(int fd, uint64_t seed)
{
    for (int i = 0; i < MESSAGES; i++)
        talk_send(fd, sizes[i], seed + i);
}

static void expect_messages(int fd, uint64_t seed, const char *what)
{
    char bytes[6000];
    for (int i = 0; i < MESSAGES; i++) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        CHECK(got == (ssize_t)sizes[i], "%s: message %d has %zd bytes instead of %zu", what, i, got, sizes[i]);
        CHECK(guest_check_pattern(bytes, got, seed + i) < 0, "%s: message %d is damaged", what, i);
    }
}

static void speak_before(int fd, int kind, bool first)
{
    if (kinds[kind] == SOCK_STREAM)
        talk_before(fd, first);
    else
        send_messages(fd, first ? 10 : 20);
}

static void speak_after(int fd, int kind, bool first)
{
    if (kinds[kind] == SOCK_STREAM)
        talk_after(fd, first, names[kind]);
    else
        expect_messages(fd, first ? 20 : 10, names[kind]);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    int pairs[KINDS][2], half[2], gone[2];
    for (int i = 0; i < KINDS; i++)
        MUST(socketpair(AF_UNIX, kinds[i], 0, pairs[i]));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, half));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, gone));
    pid_t child = family_fork();
    if (child == 0) {
        close(gone[1]);
        close(half[0]);
        for (int i = 0; i < KINDS; i++) {
            close(pairs[i][0]);
            speak_before(pairs[i][1], i, false);
        }
        family_member_wait();
        for (int i = 0; i < KINDS; i++) {
            speak_after(pairs[i][1], i, false);
            if (kinds[i] != SOCK_STREAM)
                send_messages(pairs[i][1], 30);
        }
        talk_expect(half[1], 500, 3, "half closed");
        talk_expect_end(half[1], "half closed");
        talk_send(half[1], 600, 4);
        talk_expect(gone[0], 700, 5, "peer that is gone");
        talk_expect_end(gone[0], "peer that is gone");
        CHECK(send(gone[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE, "somebody takes data that is gone");
        _exit(0);
    }
    close(gone[0]);
    close(half[1]);
    for (int i = 0; i < KINDS; i++) {
        close(pairs[i][1]);
        speak_before(pairs[i][0], i, true);
    }
    talk_send(half[0], 500, 3);
    MUST(shutdown(half[0], SHUT_WR));
    talk_send(gone[1], 700, 5);
    close(gone[1]);
    family_run(1);
    for (int i = 0; i < KINDS; i++) {
        speak_after(pairs[i][0], i, true);
        if (kinds[i] != SOCK_STREAM)
            expect_messages(pairs[i][0], 30, names[i]);
    }
    talk_expect(half[0], 600, 4, "half closed");
    family_reap(child, 0);
    return guest_pass();
}
