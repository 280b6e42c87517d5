// More of event descriptors: pidfds, absolute timers, unread expirations, nested and exclusive epolls, used-up
// one-shots.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

static bool readable(int fd)
{
    return poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 1;
}

static int timer(clockid_t clock, int flags, time_t first, long interval_ns)
{
    int fd = MUST(timerfd_create(clock, TFD_NONBLOCK));
    struct itimerspec value = {{0, interval_ns}, {first, first ? 0 : 1}};
    MUST(timerfd_settime(fd, flags, &value, NULL));
    return fd;
}

static int add(int epoll, int fd, uint32_t events, uint64_t data)
{
    return MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){events, {.u64 = data}}));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_t appointment = now.tv_sec + 5000;
    int wall = timer(CLOCK_REALTIME, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, appointment, 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int uptime = timer(CLOCK_MONOTONIC, TFD_TIMER_ABSTIME, now.tv_sec + 5000, 0);
    int once = timer(CLOCK_MONOTONIC, 0, 0, 0), often = timer(CLOCK_MONOTONIC, 0, 0, 1000000);
    struct timespec pause = {.tv_nsec = 60000000};
    nanosleep(&pause, NULL);

    int self = MUST(syscall(SYS_pidfd_open, getpid(), O_NONBLOCK)), copy = MUST(dup(self));
    pid_t child = MUST(fork());
    if (child == 0)
        _exit(7);
    int ended = MUST(syscall(SYS_pidfd_open, child, 0));
    MUST(waitpid(child, NULL, 0));

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = MUST(signalfd(-1, &set, SFD_NONBLOCK));
    raise(SIGUSR2);

    int ready = MUST(eventfd(1, 0)), quiet = MUST(eventfd(0, EFD_NONBLOCK)), edge = MUST(eventfd(1, 0));
    int inner = MUST(epoll_create1(EPOLL_CLOEXEC)), outer = MUST(epoll_create1(0));
    add(inner, ready, EPOLLIN, 1);
    add(outer, inner, EPOLLIN, 2);
    add(outer, signals, EPOLLIN, 3);
    int shots = MUST(epoll_create1(0));
    add(shots, ready, EPOLLIN | EPOLLONESHOT, 4);
    struct epoll_event events[8];
    CHECK(epoll_wait(shots, events, 8, 0) == 1 && epoll_wait(shots, events, 8, 0) == 0, "the one-shot is none");
    int others = MUST(epoll_create1(0));
    add(others, quiet, EPOLLIN | EPOLLEXCLUSIVE, 5);
    add(others, edge, EPOLLIN | EPOLLET, 6);
    add(others, ended, EPOLLIN, 7);
    add(others, self, EPOLLIN, 8);
    guest_ready();
    guest_wait();

    struct itimerspec left;
    MUST(timerfd_gettime(wall, &left));
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK(labs(now.tv_sec + left.it_value.tv_sec - appointment) <= 2, "the appointment moved by %ld s",
          (long)(now.tv_sec + left.it_value.tv_sec - appointment));
    MUST(timerfd_gettime(uptime, &left));
    CHECK(left.it_value.tv_sec > 5000 - GUEST_DOWNTIME_SECONDS && left.it_value.tv_sec <= 5000,
          "%ld s are left of 5000", (long)left.it_value.tv_sec);
    uint64_t count = 0;
    CHECK(read(once, &count, 8) == 8 && count == 1, "the timer expired %lu times, not once", count);
    CHECK(read(often, &count, 8) == 8 && count >= 50, "the timer expired %lu times", count);

    for (int i = 0; i < 2; i++) {
        int fd = i ? copy : self;
        CHECK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0, "pidfd of oneself: %s", strerror(errno));
        CHECK(!readable(fd), "the pidfd of oneself says it has ended");
    }
    CHECK(readable(ended), "the pidfd of a process that has ended does not say so");
    CHECK(syscall(SYS_pidfd_send_signal, ended, 0, NULL, 0) < 0 && errno == ESRCH, "it is alive: %s", strerror(errno));

    struct signalfd_siginfo info;
    CHECK(epoll_wait(outer, events, 8, 0) == 2, "the outer epoll does not see the inner one and the signal");
    CHECK(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR2, "SIGUSR2 is lost");
    CHECK(read(signals, &info, sizeof info) < 0 && errno == EAGAIN, "a signal %u out of nowhere", info.ssi_signo);
    CHECK(epoll_wait(outer, events, 8, 0) == 1 && events[0].data.u64 == 2, "the inner epoll is lost");
    CHECK(epoll_wait(inner, events, 8, 0) == 1 && events[0].data.u64 == 1, "the inner epoll sees nothing");
    CHECK(epoll_wait(shots, events, 8, 0) == 0, "the one-shot that was used up fires again");
    MUST(epoll_ctl(shots, EPOLL_CTL_MOD, ready, &(struct epoll_event){EPOLLIN | EPOLLONESHOT, {.u64 = 9}}));
    CHECK(epoll_wait(shots, events, 8, 0) == 1 && events[0].data.u64 == 9, "the one-shot cannot be loaded again");
    bool edged = false, death = false;
    int seen = epoll_wait(others, events, 8, 0);
    for (int i = 0; i < seen; i++) {
        edged |= events[i].data.u64 == 6;
        death |= events[i].data.u64 == 7;
    }
    CHECK(seen == 2 && edged && death, "%d events instead of an edge and a death", seen);
    CHECK(epoll_wait(others, events, 8, 0) == 1, "the edge is a level");
    CHECK(write(quiet, &(uint64_t){1}, 8) == 8 && epoll_wait(others, events, 8, 0) == 2, "EPOLLEXCLUSIVE is lost");
    return guest_pass();
}
