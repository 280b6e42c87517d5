// Signals of sockets (O_ASYNC, F_SETOWN, F_SETSIG), a place in the queue (SO_PEEK_OFF), and options that a program sets.
#include "talk.h"

#include <netinet/in.h>
#include <poll.h>

enum { SIGNAL = 40 };
static _Atomic int signals, last_fd;

static void on_signal(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    last_fd = info->si_fd;
    signals++;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    MUST(sigaction(SIGNAL, &action, NULL));
    int pair[2], peeked[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, peeked));
    MUST(fcntl(pair[0], F_SETSIG, SIGNAL));
    MUST(fcntl(pair[0], F_SETOWN, getpid()));
    MUST(fcntl(pair[0], F_SETFL, O_ASYNC | O_NONBLOCK));
    talk_send(peeked[1], 30, 1);
    MUST(setsockopt(peeked[0], SOL_SOCKET, SO_PEEK_OFF, &(int){5}, sizeof(int)));
    guest_ready();
    guest_wait();
    int before = signals;
    CHECK(MUST(fcntl(pair[0], F_GETOWN)) == getpid(), "the owner is %d", fcntl(pair[0], F_GETOWN));
    CHECK(MUST(fcntl(pair[0], F_GETSIG)) == SIGNAL, "the signal is %d", fcntl(pair[0], F_GETSIG));
    CHECK((MUST(fcntl(pair[0], F_GETFL)) & (O_ASYNC | O_NONBLOCK)) == (O_ASYNC | O_NONBLOCK), "flags are lost");
    talk_send(pair[1], 10, 2);
    // Sent to this thread before the call that sent the data is over.
    CHECK(signals > before && last_fd == pair[0], "%d signals, fd %d", signals - before, last_fd);
    char bytes[30], expected[30];
    guest_pattern(expected, sizeof expected, 1);
    CHECK(recv(peeked[0], bytes, 10, MSG_PEEK) == 10 && memcmp(bytes, expected + 5, 10) == 0, "the place of peeking is lost");
    CHECK(recv(peeked[0], bytes, 10, MSG_PEEK) == 10 && memcmp(bytes, expected + 15, 10) == 0, "peeking does not go on");
    talk_expect(peeked[0], 30, 1, "what was peeked at");
    return guest_pass();
}
