// Prints the seconds that a fixed amount of floating point and memory work takes.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void)
{
    enum { SIZE = 1 << 18, ROUNDS = 1500 };
    double *values = malloc(SIZE * sizeof *values);
    for (int i = 0; i < SIZE; i++)
        values[i] = i * 0.5;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 1; i < SIZE; i++)
            values[i] = values[i] * 0.999 + values[i - 1] * 0.001;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (values[SIZE / 2] < 0)
        return 1;
    printf("%.6f\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
