// A client that passes the end of a pipe to a server and closes its connection, before the server has accepted it: the
// message waits with nobody at its other end, and the server answers over the pipe (as Python's forkserver does).
#include "family.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { BUSY_US = 3000 };

static struct sockaddr_un server;

static void pass(int connection, int fd, int number)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    struct iovec data = {&number, sizeof number};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    MUST(sendmsg(connection, &message, 0));
}

static int receive(int connection, int *number)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {number, sizeof *number};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t length = MUST(recvmsg(connection, &message, MSG_CMSG_CLOEXEC));
    CHECK(length == sizeof *number, "a message of %zd bytes", length);
    CHECK(message.msg_controllen >= sizeof control.header && control.header.cmsg_type == SCM_RIGHTS, "no file descriptor came");
    int fd;
    memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
    return fd;
}

static _Noreturn void serve(int listener)
{
    family_member_wait();
    for (int last = -1;;) {
        // Busy with something else: clients do not wait for that.
        usleep(BUSY_US);
        int number, connection = MUST(accept(listener, NULL, NULL)), answer = receive(connection, &number);
        CHECK(number == last + 1 || number == -1, "message %d came behind %d", number, last);
        last = number;
        MUST(write(answer, &number, sizeof number));
        close(answer);
        close(connection);
        if (number == -1)
            _exit(0);
    }
}

static void ask(int number)
{
    int ends[2], answer, connection = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(pipe2(ends, O_CLOEXEC));
    MUST(connect(connection, (struct sockaddr *)&server, sizeof server));
    pass(connection, ends[1], number);
    close(connection);
    close(ends[1]);
    ssize_t length = MUST(read(ends[0], &answer, sizeof answer));
    CHECK(length == sizeof answer && answer == number, "the answer to %d is %d, %zd bytes", number, answer, length);
    close(ends[0]);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    server.sun_family = AF_UNIX;
    snprintf(server.sun_path, sizeof server.sun_path, "%s.server", guest_go_path);
    unlink(server.sun_path);
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(bind(listener, (struct sockaddr *)&server, sizeof server));
    MUST(listen(listener, 8));
    pid_t child = family_fork();
    if (child == 0)
        serve(listener);
    close(listener);
    family_ready_one();
    family_go();
    guest_ready();
    for (int number = 0; !guest_go(); number++)
        ask(number);
    ask(-1);
    family_reap(child, 0);
    unlink(server.sun_path);
    return guest_pass();
}
