// Prints the seconds that a fixed number of socket calls takes: socket_calls data | control. Data: send, recv, write and read; control:
// all that makes, asks, changes and ends a connection.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 400000, CONTROL = 20000 };

static int data(void)
{
    int ends[2];
    char byte = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return 1;
    for (int i = 0; i < DATA; i++)
        if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1 || write(ends[1], &byte, 1) != 1 ||
            read(ends[0], &byte, 1) != 1)
            return 1;
    return 0;
}

static int control(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct linger reset = {1, 0}; // TIME_WAIT would fill the table of ports
    int listener = socket(AF_INET, SOCK_STREAM, 0), value = 1;
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
        listen(listener, 4) < 0)
        return 1;
    for (int i = 0; i < CONTROL; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, (struct sockaddr *)&address, length) < 0)
            return 1;
        int server = accept(listener, NULL, NULL);
        socklen_t size = sizeof value;
        if (setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, size) < 0 || getsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, &size) < 0 ||
            setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0 || shutdown(server, SHUT_WR) < 0)
            return 1;
        close(client);
        close(server);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int failed = argc == 2 && strcmp(argv[1], "data") == 0 ? data() : control();
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
    return failed;
}
