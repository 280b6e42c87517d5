// ballast KIND MIB FILE: fills memory, then counts in FILE for ever. KIND is random, text (compresses
// well), zero (written, but zero) or reserved (not touched). With FILE "-" the memory goes to stdout.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void fill_text(char *memory, size_t size)
{
    static const char *words[] = {"the ", "checkpoint ", "of ", "a ", "process ", "thread ", "and ", "memory "};
    uint64_t state = 88172645463325252;
    for (size_t at = 0; at + 64 < size;) {
        const char *word = words[next(&state) % 8];
        at += strlen(strcpy(memory + at, word));
        if (next(&state) % 16 == 0)
            at += sprintf(memory + at, "%lu ", next(&state) % 1000000);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: %s random|text|zero|reserved MIB FILE\n", argv[0]);
        return 2;
    }
    size_t size = strtoul(argv[2], NULL, 10) << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    // Pages of 4 KiB are the hard case.
    madvise(memory, size, MADV_NOHUGEPAGE);
    uint64_t state = 88172645463325252;
    if (strcmp(argv[1], "random") == 0)
        for (size_t i = 0; i < size; i += 8)
            *(uint64_t *)(memory + i) = next(&state);
    else if (strcmp(argv[1], "text") == 0)
        fill_text(memory, size);
    else if (strcmp(argv[1], "zero") == 0)
        memset(memory, 0, size);
    if (strcmp(argv[3], "-") == 0)
        return fwrite(memory, 1, size, stdout) != size;

    int fd = open(argv[3], O_RDWR | O_CREAT, 0666);
    struct timespec step = {.tv_nsec = 200000};
    for (uint64_t count = 1;; count++) {
        // Progress that needs the memory: one page of it is read each time.
        if (strcmp(argv[1], "reserved") != 0)
            (void)*(volatile char *)(memory + count * 4096 % size);
        if (pwrite(fd, &count, sizeof count, 0) != sizeof count)
            return 1;
        nanosleep(&step, NULL);
    }
}
