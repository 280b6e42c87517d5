// A child whose connection has ended can be collected at once, however much memory it has to give back: MPICH's process
// manager asks for the status of a rank (waitpid with WNOHANG, once) when the rank's connection closes, and believes
// that it ended well if there is none. (The kernel alone promises this to nobody: plain, it fails now and then, so it is not run plain.)
#include "family.h"

#include <sys/socket.h>

enum { CHILDREN = 8, SIZE = 4 << 20 };

static int connections[CHILDREN];

static void child(int own, int index)
{
    for (int i = 0; i <= index; i++)
        close(connections[i]);
    uint8_t *memory = MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    guest_pattern(memory, SIZE, (uint64_t)index);
    family_member_ready();
    char byte;
    CHECK(read(own, &byte, 1) == 1, "read: %s", strerror(errno));
    raise(SIGINT);
    FAIL("SIGINT did not end child %d", index);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    signal(SIGINT, SIG_DFL);
    family_init();
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        int pair[2];
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        connections[i] = pair[0];
        children[i] = family_fork();
        if (children[i] == 0)
            child(pair[1], i);
        close(pair[1]);
    }
    family_run(CHILDREN);
    for (int i = 0; i < CHILDREN; i++) {
        char byte = 'i';
        CHECK(write(connections[i], &byte, 1) == 1, "write: %s", strerror(errno));
        ssize_t got;
        do
            got = recv(connections[i], &byte, 1, MSG_DONTWAIT);
        while (got < 0 && errno == EAGAIN);
        CHECK(got == 0, "recv: %zd, %s", got, strerror(errno));
        int status = 0;
        pid_t ended = i % 2 ? waitpid(-1, &status, WNOHANG) : wait4(children[i], &status, WNOHANG, NULL);
        CHECK(ended == children[i] && status == SIGINT, "child %d of %d has ended: %d, status %d", i, children[i], ended, status);
    }
    return guest_pass();
}
