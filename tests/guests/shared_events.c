// Kernel objects that parent and child share through inherited numbers: eventfd, epoll, signalfd, timerfd, memfd, inotify.
#include "family.h"

#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

enum { TICK = 3000 }; // milliseconds

static int counter, semaphore, poller, signals, timer, memory, watch, turn[2];
static char watched[300];

static uint64_t value_of(int fd)
{
    uint64_t value = 0;
    CHECK(read(fd, &value, sizeof value) == sizeof value, "read of %d: %s", fd, strerror(errno));
    return value;
}

static int ready_events(struct epoll_event events[8])
{
    return MUST(epoll_wait(poller, events, 8, 0));
}

static void child(sigset_t *set)
{
    struct epoll_event events[8];
    family_member_wait();
    // Its own signals, though the descriptor is its parent's too.
    raise(SIGUSR1);
    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info, "read: %s", strerror(errno));
    CHECK(info.ssi_signo == SIGUSR1 && info.ssi_pid == (uint32_t)getpid(), "signal %d of %d", info.ssi_signo, info.ssi_pid);
    CHECK(read(signals, &info, sizeof info) < 0 && errno == EAGAIN, "the parent's signal came to the child");
    CHECK(sigpending(set) == 0 && !sigismember(set, SIGUSR2), "the parent's signal is pending in the child");
    CHECK(value_of(counter) == 42, "the counter is wrong");
    CHECK(value_of(semaphore) == 1, "the semaphore does not count one by one");
    // What it adds, the parent is told as well: it is one set.
    struct epoll_event event = {.events = EPOLLOUT, .data.u64 = 77};
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, turn[1], &event));
    int count = ready_events(events);
    bool found = false;
    for (int i = 0; i < count; i++)
        found |= events[i].data.u64 == 77;
    CHECK(found, "the child's own entry is not reported");
    char bytes[200];
    CHECK(lseek(memory, 0, SEEK_CUR) == 100 && read(memory, bytes, 200) == 200, "the memfd is at %ld",
          (long)lseek(memory, 0, SEEK_CUR));
    CHECK(memcmp(bytes, "shared", 6) == 0, "the memfd holds something else");
    struct {
        struct inotify_event event;
        char name[NAME_MAX + 1];
    } change;
    int fd = MUST(open(watched, O_CREAT | O_WRONLY, 0600));
    CHECK(read(watch, &change, sizeof change) > 0 && (change.event.mask & IN_CREATE), "not told of a new file");
    close(fd);
    unlink(watched);
    CHECK(write(turn[1], "t", 1) == 1, "write: %s", strerror(errno));
    _exit(0);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    char directory[300];
    snprintf(directory, sizeof directory, "%s.watched", guest_go_path);
    MUST(mkdir(directory, 0700));
    snprintf(watched, sizeof watched, "%.280s/file", directory);
    counter = MUST(eventfd(40, 0));
    semaphore = MUST(eventfd(3, EFD_SEMAPHORE));
    poller = MUST(epoll_create1(0));
    signals = MUST(signalfd(-1, &set, SFD_NONBLOCK));
    timer = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    memory = MUST(memfd_create("shared", 0));
    watch = MUST(inotify_init1(0));
    MUST(inotify_add_watch(watch, directory, IN_CREATE));
    MUST(pipe(turn));
    MUST(ftruncate(memory, 300));
    CHECK(pwrite(memory, "shared", 6, 100) == 6, "write: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = 5}, events[8];
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, counter, &event));
    event = (struct epoll_event){.events = EPOLLIN, .data.u64 = 6};
    MUST(epoll_ctl(poller, EPOLL_CTL_ADD, turn[0], &event));
    int64_t begin = guest_now();
    MUST(timerfd_settime(timer, 0, &(struct itimerspec){.it_value = {TICK / 1000, 0}}, NULL));
    pid_t pid = family_fork();
    if (pid == 0)
        child(&set);
    raise(SIGUSR2);
    MUST(lseek(memory, 100, SEEK_SET));
    CHECK(ready_events(events) == 1 && events[0].data.u64 == 5, "not told of the counter");
    uint64_t two = 2;
    CHECK(write(counter, &two, sizeof two) == sizeof two, "write: %s", strerror(errno));
    family_run(1);
    family_reap(pid, 0);
    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR2, "its own signal is lost");
    int count = ready_events(events), found = 0;
    for (int i = 0; i < count; i++)
        found |= events[i].data.u64 == 6 ? 1 : events[i].data.u64 == 77 ? 2 : 0;
    CHECK(found == 3, "the set reports %d entries, and %s of the child", count, found & 2 ? "that" : "not that");
    CHECK(value_of(semaphore) == 1 && value_of(semaphore) == 1, "the semaphore is wrong");
    CHECK(poll(&(struct pollfd){semaphore, POLLIN, 0}, 1, 0) == 0, "the semaphore is too large");
    CHECK(lseek(memory, 0, SEEK_CUR) == 300, "the memfd is at %ld", (long)lseek(memory, 0, SEEK_CUR));
    CHECK(value_of(timer) == 1, "the timer has another count");
    CHECK(guest_now() - begin >= TICK * 1000000LL, "the timer was early");
    rmdir(directory);
    return guest_pass();
}
