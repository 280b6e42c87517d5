// Waiting for descriptors: poll, ppoll, select, pselect, epoll_wait, with and without a time limit.
#include "blocking.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

// A pipe nobody writes to, and one that is written to at the end.
static int quiet[2], loud[2], quiet_epoll, loud_epoll;

static long poll_for(int fd, int milliseconds)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, milliseconds);
}
static long limited_poll(void) { return poll_for(quiet[0], GUEST_CALL_SECONDS * 1000); }
static long endless_poll(void) { return poll_for(loud[0], -1); }
static long empty_poll(void) { return poll(NULL, 0, GUEST_CALL_SECONDS * 1000); }

static long ppoll_for(int fd, struct timespec *limit)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return ppoll(&entry, 1, limit, NULL);
}
static long limited_ppoll(void) { return ppoll_for(quiet[0], &(struct timespec){GUEST_CALL_SECONDS, 0}); }
static long endless_ppoll(void) { return ppoll_for(loud[0], NULL); }

static long select_for(int fd, struct timeval *limit)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    return select(fd + 1, &set, NULL, NULL, limit);
}
static long limited_select(void) { return select_for(quiet[0], &(struct timeval){GUEST_CALL_SECONDS, 0}); }
static long endless_select(void) { return select_for(loud[0], NULL); }

static long limited_pselect(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(quiet[0], &set);
    return pselect(quiet[0] + 1, &set, NULL, NULL, &(struct timespec){GUEST_CALL_SECONDS, 0}, NULL);
}

static long wait_epoll(int epoll, int milliseconds)
{
    struct epoll_event event;
    long result = epoll_wait(epoll, &event, 1, milliseconds);
    CHECK(result <= 0 || event.data.u64 == 0xabcdef0123456789, "epoll data is %lx", (long)event.data.u64);
    return result;
}
static long limited_epoll(void) { return wait_epoll(quiet_epoll, GUEST_CALL_SECONDS * 1000); }
static long endless_epoll(void) { return wait_epoll(loud_epoll, -1); }
static long limited_epoll_pwait2(void)
{
    struct epoll_event event;
    return syscall(SYS_epoll_pwait2, quiet_epoll, &event, 1, &(struct timespec){GUEST_CALL_SECONDS, 0}, NULL, 0);
}

static void make_loud(void) { CHECK(write(loud[1], "x", 1) == 1, "write: %s", strerror(errno)); }

static int watch(int fd)
{
    int epoll = MUST(epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0xabcdef0123456789};
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    return epoll;
}

int main(int argc, char **argv)
{
    MUST(pipe2(quiet, O_CLOEXEC));
    MUST(pipe2(loud, O_CLOEXEC));
    quiet_epoll = watch(quiet[0]);
    loud_epoll = watch(loud[0]);
    struct blocking_call calls[] = {
        {.name = "poll", .call = limited_poll, .seconds = GUEST_CALL_SECONDS},
        {.name = "poll of nothing", .call = empty_poll, .seconds = GUEST_CALL_SECONDS},
        {.name = "ppoll", .call = limited_ppoll, .seconds = GUEST_CALL_SECONDS},
        {.name = "select", .call = limited_select, .seconds = GUEST_CALL_SECONDS},
        {.name = "pselect", .call = limited_pselect, .seconds = GUEST_CALL_SECONDS},
        {.name = "epoll_wait", .call = limited_epoll, .seconds = GUEST_CALL_SECONDS},
        {.name = "epoll_pwait2", .call = limited_epoll_pwait2, .seconds = GUEST_CALL_SECONDS},
        {.name = "endless poll", .call = endless_poll, .expected = 1, .release = make_loud},
        {.name = "endless ppoll", .call = endless_ppoll, .expected = 1},
        {.name = "endless select", .call = endless_select, .expected = 1},
        {.name = "endless epoll_wait", .call = endless_epoll, .expected = 1},
    };
    return blocking_main(argc, argv, calls, sizeof calls / sizeof calls[0]);
}
