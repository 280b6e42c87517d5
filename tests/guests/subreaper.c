// A process that adopts orphans: those it had adopted stay its children, and it adopts those that become orphans later.
// What is not inherited is not there in its children either.
#include "family.h"

static int pids[2];

// A grandchild tells its number, waits, and ends with a code.
static void grandchild(pid_t parent, pid_t later, int code)
{
    pid_t self = getpid();
    CHECK(write(pids[1], &self, sizeof self) == sizeof self, "write: %s", strerror(errno));
    family_member_wait();
    struct timespec step = {.tv_nsec = 1000000};
    if (later == parent)
        CHECK(getppid() == parent, "the parent is %d, was %d", getppid(), parent);
    while (getppid() != later) {
        CHECK(getppid() == parent, "the parent is %d, was %d and will be %d", getppid(), parent, later);
        nanosleep(&step, NULL);
    }
    _exit(code);
}

static pid_t next_pid(void)
{
    pid_t pid;
    CHECK(read(pids[0], &pid, sizeof pid) == sizeof pid, "read: %s", strerror(errno));
    return pid;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    MUST(pipe(pids));
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    pid_t self = getpid();
    // Adopted before.
    int told[2];
    MUST(pipe(told));
    pid_t first = family_fork_daemon();
    if (first == 0) {
        if (family_fork_daemon() == 0) {
            char byte;
            close(told[1]);
            MUST(read(told[0], &byte, 1)); // until the parent is gone
            grandchild(self, self, 11);
        }
        _exit(3);
    }
    family_reap(first, 3 << 8);
    close(told[1]);
    pid_t adopted = next_pid();
    // Adopted after: the parent ends as soon as all may go.
    pid_t second = family_fork();
    if (second == 0) {
        pid_t middle = getpid();
        if (family_fork_daemon() == 0)
            grandchild(middle, self, 12);
        family_member_wait();
        int reaper = -1;
        MUST(prctl(PR_GET_CHILD_SUBREAPER, &reaper));
        CHECK(reaper == 0, "a child adopts orphans");
        _exit(4);
    }
    pid_t orphan = next_pid();
    family_run(3);
    int reaper = -1;
    MUST(prctl(PR_GET_CHILD_SUBREAPER, &reaper));
    CHECK(reaper == 1, "it does not adopt orphans any more");
    family_reap(adopted, 11 << 8);
    family_reap(second, 4 << 8);
    family_reap(orphan, 12 << 8);
    CHECK(wait(NULL) < 0 && errno == ECHILD, "there are more children");
    return guest_pass();
}
