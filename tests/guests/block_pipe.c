// Reading from an empty pipe and writing to a full one, both ends in this process; eventfd too.
#include "blocking.h"

#include <sys/eventfd.h>

static int empty[2], full[2], event;
static size_t capacity;

static long read_empty(void)
{
    char bytes[16] = {0};
    long result = read(empty[0], bytes, sizeof bytes);
    CHECK(result < 0 || memcmp(bytes, "arrived", 7) == 0, "wrong bytes arrived");
    return result;
}
static void write_empty(void) { CHECK(write(empty[1], "arrived", 7) == 7, "write: %s", strerror(errno)); }

static long write_full(void) { return write(full[1], "more", 4); }
static void read_full(void)
{
    char *bytes = malloc(capacity);
    for (size_t got = 0; got < capacity;) {
        ssize_t part = read(full[0], bytes + got, capacity - got);
        CHECK(part > 0, "read: %s", strerror(errno));
        got += part;
    }
    CHECK(guest_check_pattern(bytes, capacity, 3) < 0, "the data in the pipe is damaged");
    char more[4];
    CHECK(read(full[0], more, 4) == 4 && memcmp(more, "more", 4) == 0, "the blocked write is lost");
    free(bytes);
}

static long read_event(void)
{
    uint64_t value = 0;
    long result = read(event, &value, 8);
    CHECK(result < 0 || value == 5, "the eventfd gave %lu", value);
    return result;
}
static void write_event(void) { CHECK(write(event, &(uint64_t){5}, 8) == 8, "write: %s", strerror(errno)); }

int main(int argc, char **argv)
{
    MUST(pipe2(empty, O_CLOEXEC));
    MUST(pipe(full));
    event = MUST(eventfd(0, EFD_CLOEXEC));
    capacity = MUST(fcntl(full[1], F_GETPIPE_SZ));
    char *bytes = malloc(capacity);
    guest_pattern(bytes, capacity, 3);
    CHECK(write(full[1], bytes, capacity) == (ssize_t)capacity, "write: %s", strerror(errno));
    struct blocking_call calls[] = {
        {.name = "read of an empty pipe", .call = read_empty, .expected = 7, .release = write_empty},
        {.name = "write to a full pipe", .call = write_full, .expected = 4, .release = read_full},
        {.name = "read of an eventfd", .call = read_event, .expected = 8, .release = write_event},
    };
    return blocking_main(argc, argv, calls, sizeof calls / sizeof calls[0]);
}
