// A port where this program listens without SO_REUSEADDR, with a connection that it has closed: in TIME_WAIT (tcp(7)) that
// keeps others from the port for a minute, also after the program has ended.
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in server;

static void serve_one(int listener)
{
    char byte = 0;
    int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(client, (struct sockaddr *)&server, sizeof server));
    int accepted = MUST(accept(listener, NULL, NULL));
    CHECK(write(accepted, "a", 1) == 1, "cannot write: %s", strerror(errno));
    MUST(close(accepted));
    CHECK(read(client, &byte, 1) == 1 && byte == 'a', "the client reads %d", byte);
    CHECK(read(client, &byte, 1) == 0, "the client does not see the end");
    MUST(close(client));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    socklen_t size = sizeof server;
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    MUST(bind(listener, (struct sockaddr *)&server, size));
    MUST(getsockname(listener, (struct sockaddr *)&server, &size));
    MUST(listen(listener, 8));
    serve_one(listener);
    guest_ready();
    guest_wait();
    serve_one(listener);
    return guest_pass();
}
