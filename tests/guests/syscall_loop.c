// Threads that do nothing but system calls: none fails, none is repeated, no byte is lost.
#include "guest.h"

static atomic_bool stop;

static void *ask(void *unused)
{
    (void)unused;
    pid_t pid = getpid(), tid = gettid();
    while (!stop) {
        CHECK(syscall(SYS_getpid) == pid, "getpid changed");
        CHECK(syscall(SYS_gettid) == tid, "gettid changed");
        CHECK(syscall(SYS_sched_yield) == 0, "sched_yield: %s", strerror(errno));
    }
    return NULL;
}

static void *append(void *argument)
{
    int fd = *(int *)argument;
    uint32_t number = 0;
    while (!stop) {
        ssize_t written = write(fd, &number, sizeof number);
        CHECK(written == sizeof number, "write gave %zd: %s", written, strerror(errno));
        number++;
    }
    return (void *)(uintptr_t)number;
}

// Everything that goes into the pipe comes out, in order.
static int ends[2];
static void *feed(void *unused)
{
    (void)unused;
    uint64_t number = 0;
    while (!stop) {
        CHECK(write(ends[1], &number, sizeof number) == sizeof number, "write: %s", strerror(errno));
        number++;
    }
    close(ends[1]);
    return (void *)number;
}
static void *drain(void *unused)
{
    (void)unused;
    uint64_t expected = 0, number;
    ssize_t got;
    while ((got = read(ends[0], &number, sizeof number)) > 0) {
        CHECK(got == sizeof number, "read gave %zd bytes", got);
        CHECK(number == expected, "number %lu follows %lu", number, expected - 1);
        expected++;
    }
    CHECK(got == 0, "read: %s", strerror(errno));
    return (void *)expected;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char path[] = "numbers.XXXXXX";
    int fd = MUST(mkstemp(path));
    MUST(pipe(ends));
    pthread_t asking = guest_thread(ask, NULL), writing = guest_thread(append, &fd);
    pthread_t feeding = guest_thread(feed, NULL), draining = guest_thread(drain, NULL);
    guest_ready();
    guest_wait();
    stop = true;
    void *written, *fed, *drained;
    pthread_join(asking, NULL);
    pthread_join(writing, &written);
    pthread_join(feeding, &fed);
    pthread_join(draining, &drained);
    CHECK(fed == drained, "%lu numbers went into the pipe, %lu came out", (unsigned long)fed, (unsigned long)drained);
    FILE *file = fopen(path, "r");
    uint32_t number, expected = 0;
    while (fread(&number, sizeof number, 1, file) == 1) {
        CHECK(number == expected, "number %u follows %u in the file", number, expected - 1);
        expected++;
    }
    // What a killed generation wrote after its checkpoint stays behind the end.
    CHECK((uintptr_t)written <= expected, "%lu numbers were written, %u are there", (unsigned long)written, expected);
    unlink(path);
    return guest_pass();
}
