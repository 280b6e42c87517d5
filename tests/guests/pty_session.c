// A process that leads a session on a pseudoterminal, jobs in the foreground, in the background and stopped, and a parent
// that holds the master.
#include "guest.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>

static char slave_name[64];
static int to_leader[2], to_parent[2];
static volatile sig_atomic_t interrupted, resized;

static void on_signal(int signo) { *(signo == SIGINT ? &interrupted : &resized) = 1; }

static void say(int *whom, char what) { CHECK(write(whom[1], &what, 1) == 1, "report"); }

static void hear(int *own, const char *what, char expected) {
    char got = 0;
    struct pollfd p = {own[0], POLLIN, 0};
    CHECK(poll(&p, 1, 20000) == 1, "%s: nobody says anything", what);
    CHECK(read(own[0], &got, 1) == 1 && got == expected, "%s: '%c' instead of '%c'", what, got, expected);
}

// In the foreground: waits for ^C and a change of the size.
static void foreground_job(void) {
    struct sigaction a = {.sa_handler = on_signal};
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGWINCH);
    MUST(sigprocmask(SIG_BLOCK, &both, &before));
    MUST(sigaction(SIGINT, &a, NULL));
    MUST(sigaction(SIGWINCH, &a, NULL));
    say(to_leader, 'f');
    while (!interrupted) sigsuspend(&before);
    say(to_parent, 'i');
    while (!resized) sigsuspend(&before);
    say(to_parent, 'w');
    int tty = MUST(open("/dev/tty", O_RDWR));
    CHECK(tcgetpgrp(tty) == getpgrp(), "the job is not in the foreground");
    CHECK(tcgetsid(tty) == getppid(), "session %d of the terminal", tcgetsid(tty));
    say(to_parent, 't');
    _exit(0);
}

static pid_t job(void (*run)(void)) {
    pid_t pid = MUST(fork());
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        run();
    }
    setpgid(pid, pid);
    return pid;
}

// In the background: reading stops it.
static void background_job(void) {
    char c;
    say(to_leader, 'b');
    CHECK(read(0, &c, 1) == 1 && c == 'x', "the background job read %d", c);
    say(to_parent, 'x');
    _exit(0);
}

static void leader(int master) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    MUST(setsid());
    int tty = MUST(open(slave_name, O_RDWR));
    MUST(close(master));
    MUST(dup2(tty, 0));
    MUST(close(tty));
    signal(SIGTTOU, SIG_IGN);
    pid_t back = job(background_job);
    hear(to_leader, "background job", 'b');
    int status;
    CHECK(MUST(waitpid(back, &status, WUNTRACED)) == back && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN, "status %x", status);
    pid_t front = job(foreground_job);
    MUST(tcsetpgrp(0, front));
    hear(to_leader, "foreground job", 'f');
    say(to_parent, 'R');
    CHECK(MUST(waitpid(front, &status, 0)) == front && status == 0, "foreground job ended with %x", status);
    MUST(tcsetpgrp(0, back));
    MUST(kill(-back, SIGCONT));
    CHECK(MUST(waitpid(back, &status, 0)) == back && status == 0, "background job ended with %x", status);
    _exit(0);
}

int main(int argc, char **argv) {
    guest_init(argc, argv);
    MUST(pipe(to_leader));
    MUST(pipe(to_parent));
    int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    MUST(unlockpt(master));
    CHECK(ptsname_r(master, slave_name, sizeof slave_name) == 0, "ptsname");
    pid_t pid = MUST(fork());
    if (pid == 0) leader(master);
    hear(to_parent, "leader", 'R');
    guest_ready();
    guest_wait();
    CHECK(write(master, "\003", 1) == 1, "write ^C");
    hear(to_parent, "^C", 'i');
    struct winsize size = {11, 22, 0, 0};
    MUST(ioctl(master, TIOCSWINSZ, &size));
    hear(to_parent, "size", 'w');
    hear(to_parent, "terminal", 't');
    CHECK(write(master, "x\n", 2) == 2, "write");
    hear(to_parent, "background job", 'x');
    int status;
    CHECK(MUST(waitpid(pid, &status, 0)) == pid && status == 0, "the leader ended with %x", status);
    return guest_pass();
}
