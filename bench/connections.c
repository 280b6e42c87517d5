// Holds so many TCP connections to itself, with 100 unread bytes each way, and counts in a file: connections PROGRESS COUNT.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int progress = argc == 3 ? open(argv[1], O_WRONLY | O_CREAT, 0600) : -1, count = argc == 3 ? atoi(argv[2]) : 0;
    struct rlimit limit;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char bytes[100] = "";
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (progress < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0 || listen(listener, 16) < 0)
        return 1;
    for (int i = 0; i < count; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, (struct sockaddr *)&address, length) < 0)
            return 1;
        int server = accept(listener, NULL, NULL);
        if (send(client, bytes, sizeof bytes, 0) < 0 || send(server, bytes, sizeof bytes, 0) < 0)
            return 1;
    }
    for (long n = 1;; n++) {
        if (pwrite(progress, &n, sizeof n, 0) != sizeof n)
            return 1;
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}
