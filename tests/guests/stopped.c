// Stopped children: one whose stop its parent has heard of, and one whose stop is still to be told. Both are stopped
// until they are continued, and that too is told once.
#include "family.h"

static pid_t start(int code)
{
    pid_t pid = family_fork();
    if (pid == 0) {
        family_member_wait();
        _exit(code);
    }
    return pid;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    pid_t told = start(3), untold = start(4);
    int status = -1;
    usleep(200000); // one that is stopped before it belongs to its computation is another matter
    MUST(kill(told, SIGSTOP));
    CHECK(waitpid(told, &status, WUNTRACED) == told && WIFSTOPPED(status), "status %#x", status);
    siginfo_t info = {};
    MUST(kill(untold, SIGSTOP));
    MUST(waitid(P_PID, untold, &info, WSTOPPED | WNOWAIT));
    family_ready(0);
    CHECK(waitpid(told, &status, WUNTRACED | WNOHANG) == 0, "the stop is told twice, or it has ended: %#x", status);
    CHECK(waitpid(untold, &status, WUNTRACED | WNOHANG) == untold, "the stop is not told");
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %#x", status);
    MUST(kill(told, SIGCONT));
    CHECK(waitpid(told, &status, WCONTINUED) == told && WIFCONTINUED(status), "status %#x", status);
    MUST(kill(untold, SIGCONT));
    CHECK(waitpid(untold, &status, WCONTINUED) == untold && WIFCONTINUED(status), "status %#x", status);
    family_go(); // not before: an end would take the place of what is told of the continuing
    family_reap(told, 3 << 8);
    family_reap(untold, 4 << 8);
    return guest_pass();
}
