// Prints the seconds that a fixed number of system calls takes.
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    int null = open("/dev/null", O_WRONLY), zero = open("/dev/zero", O_RDONLY);
    char byte = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < 1000000; i++) {
        getppid();
        if (write(null, &byte, 1) != 1 || read(zero, &byte, 1) != 1)
            return 1;
        lseek(zero, 0, SEEK_CUR);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
