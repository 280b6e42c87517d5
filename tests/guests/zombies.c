// Children that have ended and are not collected yet: their statuses stay, and nobody hears of their end again.
#include "family.h"

#include <sys/resource.h>

static const struct {
    int code, signal;
} ends[] = {{0, 0}, {7, 0}, {255, 0}, {0, SIGKILL}, {0, SIGTERM}, {0, SIGSEGV}, {0, SIGUSR2}, {1, 0}};
enum { ZOMBIES = sizeof ends / sizeof *ends };

static _Atomic int heard;

static void on_child(int signal)
{
    (void)signal;
    heard++;
}

static void make(pid_t zombies[ZOMBIES])
{
    for (int i = 0; i < ZOMBIES; i++) {
        zombies[i] = family_fork();
        if (zombies[i] == 0) {
            if (ends[i].signal) {
                signal(ends[i].signal, SIG_DFL);
                raise(ends[i].signal);
            }
            _exit(ends[i].code);
        }
        family_wait_zombie(zombies[i]);
    }
}

static void collect(pid_t zombies[ZOMBIES])
{
    for (int i = ZOMBIES - 1; i >= 0; i--) {
        if (i % 2 == 0) {
            siginfo_t info = {};
            MUST(waitid(P_PID, zombies[i], &info, WEXITED | WNOHANG));
            CHECK(info.si_pid == zombies[i] && info.si_code == (ends[i].signal ? CLD_KILLED : CLD_EXITED) &&
                      info.si_status == (ends[i].signal ? ends[i].signal : ends[i].code) && info.si_uid == getuid(),
                  "zombie %d: pid %d, code %d, status %d, user %d", i, info.si_pid, info.si_code, info.si_status,
                  info.si_uid);
        } else {
            int status = -1;
            CHECK(waitpid(zombies[i], &status, WNOHANG) == zombies[i], "zombie %d is none", i);
            CHECK(status == (ends[i].signal ? ends[i].signal : ends[i].code << 8), "zombie %d: status %#x", i, status);
        }
    }
    CHECK(wait(NULL) < 0 && errno == ECHILD, "there are more children");
}

// Has blocked SIGCHLD, with ends of its children that are pending, as one signal.
static int pending_child(void)
{
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    pid_t zombies[ZOMBIES];
    make(zombies);
    family_member_wait();
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGCHLD), "SIGCHLD is not pending");
    siginfo_t info = {};
    CHECK(sigtimedwait(&set, &info, &(struct timespec){}) == SIGCHLD, "sigtimedwait: %s", strerror(errno));
    CHECK(info.si_pid == zombies[0] && info.si_code == CLD_EXITED && info.si_status == ends[0].code,
          "pending is the end of %d, code %d, status %d", info.si_pid, info.si_code, info.si_status);
    CHECK(sigtimedwait(&set, &info, &(struct timespec){}) < 0 && errno == EAGAIN, "SIGCHLD is there twice");
    collect(zombies);
    return 0;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){}));
    pid_t pending = family_fork();
    if (pending == 0)
        _exit(pending_child());
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    MUST(sigaction(SIGCHLD, &action, NULL));
    pid_t counting = family_fork();
    if (counting == 0) {
        pid_t zombies[ZOMBIES];
        make(zombies);
        CHECK(heard == ZOMBIES, "heard %d times of %d ends", heard, ZOMBIES);
        family_member_wait();
        CHECK(heard == ZOMBIES, "heard %d times of %d ends", heard, ZOMBIES);
        collect(zombies);
        CHECK(heard == ZOMBIES, "heard %d times of %d ends", heard, ZOMBIES);
        _exit(0);
    }
    family_ready(2);
    CHECK(heard == 0, "main heard of an end that there was not");
    family_go();
    family_reap(pending, 0);
    family_reap(counting, 0);
    CHECK(heard == 1 || heard == 2, "main heard %d times of two ends", heard);
    return guest_pass();
}
