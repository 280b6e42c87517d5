// Children that are stopped stay stopped, and their parent hears nothing of a checkpoint: neither a signal nor a report
// (wait(2), WUNTRACED) that it has had already; one that it has not had yet is still there.
#include "guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static atomic_int child_signals;
static volatile atomic_long *count;

static void on_child(int signal)
{
    (void)signal;
    atomic_fetch_add(&child_signals, 1);
}

static pid_t start(void)
{
    pid_t child = MUST(fork());
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            atomic_fetch_add(count, 1);
            usleep(1000);
        }
    }
    return child;
}

static char state_of(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = MUST(open(path, O_RDONLY));
    MUST(read(fd, text, sizeof text - 1));
    close(fd);
    return strrchr(text, ')')[2];
}

static void await_state(pid_t pid, char state)
{
    for (int i = 0; i < 5000 && state_of(pid) != state; i++)
        usleep(1000);
    CHECK(state_of(pid) == state, "process %d is in state %c", pid, state_of(pid));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    pid_t early = start(); // it is stopped before it has joined its computation
    MUST(kill(early, SIGSTOP));
    CHECK(waitpid(early, &status, WUNTRACED) == early && WIFSTOPPED(status), "the stop was not reported");
    pid_t reported = start(), unreported = start();
    usleep(100000);

    // The signal of a stop may come when its status can be seen already: each is waited for.
    sigset_t child_set;
    sigemptyset(&child_set);
    sigaddset(&child_set, SIGCHLD);
    MUST(sigprocmask(SIG_BLOCK, &child_set, NULL));
    MUST(kill(reported, SIGSTOP));
    MUST(sigwaitinfo(&child_set, NULL));
    CHECK(waitpid(reported, &status, WUNTRACED) == reported && WIFSTOPPED(status), "the stop was not reported");
    MUST(kill(unreported, SIGSTOP));
    MUST(sigwaitinfo(&child_set, NULL));
    await_state(unreported, 'T');
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    MUST(sigaction(SIGCHLD, &action, NULL));
    MUST(sigprocmask(SIG_UNBLOCK, &child_set, NULL));
    long before = atomic_load(count);
    guest_ready();
    guest_wait();
    CHECK(atomic_load(count) == before, "a stopped child ran: %ld steps", atomic_load(count) - before);
    await_state(early, 'T');
    await_state(reported, 'T');
    await_state(unreported, 'T');
    CHECK(atomic_load(&child_signals) == 0, "%d signals of children that did nothing", atomic_load(&child_signals));
    CHECK(waitpid(reported, &status, WUNTRACED | WNOHANG) == 0, "a stop was reported twice");
    CHECK(waitpid(early, &status, WUNTRACED | WNOHANG) == 0, "an early stop was reported twice");
    CHECK(waitpid(unreported, &status, WUNTRACED | WNOHANG) == unreported && WIFSTOPPED(status), "a stop was not reported");
    MUST(kill(reported, SIGCONT));
    CHECK(waitpid(reported, &status, WCONTINUED) == reported && WIFCONTINUED(status), "not continued");
    for (int i = 0; i < 5000 && atomic_load(count) == before; i++)
        usleep(1000);
    CHECK(atomic_load(count) != before, "the continued child does not run");
    MUST(kill(reported, SIGKILL));
    MUST(kill(unreported, SIGKILL));
    MUST(kill(early, SIGKILL));
    CHECK(waitpid(early, &status, 0) == early && WTERMSIG(status) == SIGKILL, "status %x", status);
    CHECK(waitpid(reported, &status, 0) == reported && WTERMSIG(status) == SIGKILL, "status %x", status);
    CHECK(waitpid(unreported, &status, 0) == unreported && WTERMSIG(status) == SIGKILL, "status %x", status);
    return guest_pass();
}
