// Streams with unflushed output and half-read input.
#include "guest.h"

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char path[] = "stdio.XXXXXX";
    FILE *output = fdopen(MUST(mkstemp(path)), "w+");
    for (int i = 0; i < 1000; i++)
        fprintf(output, "line %d\n", i);
    fflush(output);
    FILE *input = fopen(path, "r");
    int number;
    for (int i = 0; i < 333; i++)
        CHECK(fscanf(input, "line %d\n", &number) == 1 && number == i, "line %d reads as %d", i, number);
    fprintf(output, "line 1000\nli");
    guest_ready();
    guest_wait();
    fprintf(output, "ne 1001\n");
    fclose(output);
    for (int i = 333; i <= 1001; i++)
        CHECK(fscanf(input, "line %d\n", &number) == 1 && number == i, "line %d reads as %d", i, number);
    CHECK(fscanf(input, "line %d\n", &number) == EOF, "there is more");
    unlink(path);
    return guest_pass();
}
