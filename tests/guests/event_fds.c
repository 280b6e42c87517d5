// Descriptors for events: eventfd, timerfd, signalfd, epoll with its registrations.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static bool readable(int fd) { return poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 1; }

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int counter = MUST(eventfd(41, EFD_NONBLOCK)), semaphore = MUST(eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK));
    int ticking = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    int far = MUST(timerfd_create(CLOCK_MONOTONIC, 0)), idle = MUST(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
    MUST(timerfd_settime(ticking, 0, &(struct itimerspec){{0, 10000000}, {0, 10000000}}, NULL));
    MUST(timerfd_settime(far, 0, &(struct itimerspec){{0, 0}, {700, 0}}, NULL));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 6);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = MUST(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    sigqueue(getpid(), SIGRTMIN + 6, (union sigval){.sival_int = 31337});

    int epoll = MUST(epoll_create1(0));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &(struct epoll_event){EPOLLIN, {.u64 = 0x1111222233334444}}));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, idle, &(struct epoll_event){EPOLLIN | EPOLLET, {.u64 = 2}}));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, semaphore, &(struct epoll_event){EPOLLOUT | EPOLLONESHOT, {.u64 = 3}}));
    // Watched under a number that no longer exists: the registration lives on with the description.
    int watched = MUST(eventfd(0, 0)), alias = MUST(dup(watched));
    MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, watched, &(struct epoll_event){EPOLLIN, {.u64 = 4}}));
    close(watched);
    guest_ready();
    guest_wait();

    uint64_t value;
    struct itimerspec left;
    MUST(timerfd_gettime(far, &left));
    CHECK(left.it_value.tv_sec > 700 - GUEST_DOWNTIME_SECONDS && left.it_value.tv_sec <= 700, "%ld s are left of 700 s",
          (long)left.it_value.tv_sec);
    MUST(timerfd_gettime(ticking, &left));
    CHECK(left.it_interval.tv_nsec == 10000000, "the interval is %ld ns", left.it_interval.tv_nsec);
    CHECK(poll(&(struct pollfd){ticking, POLLIN, 0}, 1, 5000) == 1, "the timerfd does not tick");
    MUST(timerfd_gettime(idle, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0, "the idle timerfd runs");
    CHECK(fcntl(ticking, F_GETFD) == FD_CLOEXEC, "close-on-exec is lost");

    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info, "the signal is not in the signalfd: %s", strerror(errno));
    CHECK((int)info.ssi_signo == SIGRTMIN + 6 && info.ssi_int == 31337, "signal %d payload %d", (int)info.ssi_signo,
          info.ssi_int);

    bool seen_counter = false, seen_semaphore = false;
    struct epoll_event events[8];
    int count = MUST(epoll_wait(epoll, events, 8, 1000));
    for (int i = 0; i < count; i++) {
        seen_counter |= events[i].data.u64 == 0x1111222233334444 && events[i].events == EPOLLIN;
        seen_semaphore |= events[i].data.u64 == 3 && events[i].events == EPOLLOUT;
    }
    CHECK(count == 2 && seen_counter && seen_semaphore, "epoll reports %d events", count);
    CHECK(write(alias, &(uint64_t){1}, 8) == 8, "write: %s", strerror(errno));
    CHECK(read(counter, &value, 8) == 8 && value == 41, "the eventfd held %lu, had 41", value);
    count = MUST(epoll_wait(epoll, events, 8, 1000));
    CHECK(count == 1 && events[0].data.u64 == 4, "epoll reports %d events instead of the alias alone", count);
    for (int i = 0; i < 3; i++)
        CHECK(read(semaphore, &value, 8) == 8 && value == 1, "the semaphore is not one any more");
    CHECK(!readable(semaphore), "the semaphore held more than 3");
    return guest_pass();
}
