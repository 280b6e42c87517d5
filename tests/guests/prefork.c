// One listening socket in several processes, each of which waits in accept: clients are served by any of them.
#include "talk.h"

#include <netinet/in.h>

enum { SERVERS = 4, REQUESTS = 20 };

static _Noreturn void serve(int listener)
{
    int served = 0;
    family_member_ready();
    for (;;) {
        int fd = MUST(accept(listener, NULL, NULL));
        char byte;
        CHECK(recv(fd, &byte, 1, 0) == 1, "recv: %s", strerror(errno));
        if (byte == 'q')
            _exit(served);
        served++;
        pid_t self = getpid();
        CHECK(send(fd, &self, sizeof self, 0) == sizeof self, "send: %s", strerror(errno));
        close(fd);
    }
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(bind(listener, (struct sockaddr *)&address, size));
    MUST(getsockname(listener, (struct sockaddr *)&address, &size));
    MUST(listen(listener, 64));
    pid_t servers[SERVERS];
    for (int i = 0; i < SERVERS; i++) {
        servers[i] = family_fork();
        if (servers[i] == 0)
            serve(listener);
    }
    close(listener);
    family_ready(SERVERS);
    for (int i = 0; i < REQUESTS + SERVERS; i++) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        pid_t answered = 0;
        MUST(connect(fd, (struct sockaddr *)&address, size));
        CHECK(send(fd, i < REQUESTS ? "a" : "q", 1, 0) == 1, "send: %s", strerror(errno));
        if (i < REQUESTS) {
            CHECK(recv(fd, &answered, sizeof answered, 0) == sizeof answered, "recv: %s", strerror(errno));
            bool known = false;
            for (int k = 0; k < SERVERS; k++)
                known |= servers[k] == answered;
            CHECK(known, "process %d answered", answered);
        }
        close(fd);
    }
    int served = 0;
    for (int i = 0; i < SERVERS; i++) {
        int status;
        CHECK(waitpid(servers[i], &status, 0) == servers[i] && WIFEXITED(status), "status %#x", status);
        served += WEXITSTATUS(status);
    }
    CHECK(served == REQUESTS, "%d of %d requests were served", served, REQUESTS);
    return guest_pass();
}
