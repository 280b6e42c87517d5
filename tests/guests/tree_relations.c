// A tree six deep and twenty wide. Every process is the child, and of the group and the session, that it was, says so
// through a pipe, and its end is seen by its parent with every call that can see it.
#include "family.h"

enum { DEPTH = 6, FIRST = 20, OTHERS = 3 };

typedef struct {
    pid_t pid, parent, group, session;
    int depth, number;
} Identity;

static int report[2];
static int members;
static Identity first;

static Identity identify(int depth, int number)
{
    return (Identity){getpid(), getppid(), getpgrp(), getsid(0), depth, number};
}

static int width(int depth, int number)
{
    return depth == 0 ? FIRST : depth < DEPTH && number == 0 ? OTHERS : 0;
}

static int code(int depth, int number)
{
    return depth * 30 + number + 1;
}

static void check_end(pid_t pid, int pidfd, int expected, int how)
{
    siginfo_t info = {};
    int status;
    switch (how) {
    case 0:
        family_reap(pid, expected << 8);
        return;
    case 1:
        MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT)); // and once more, for real
        MUST(waitid(P_PID, pid, &info, WEXITED));
        break;
    case 2:
        MUST(waitid(P_PIDFD, pidfd, &info, WEXITED));
        break;
    default:
        CHECK(wait4(pid, &status, 0, NULL) == pid && status == expected << 8, "wait4: status %#x", status);
        return;
    }
    CHECK(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == expected && info.si_signo == SIGCHLD,
          "waitid of %d, that ends with %d: pid %d, code %d, status %d", pid, expected, info.si_pid, info.si_code,
          info.si_status);
}

static void node(int depth, int number);

static void parent(int depth, int number)
{
    int count = width(depth, number);
    pid_t children[FIRST];
    int pidfds[FIRST];
    for (int i = 0; i < count; i++) {
        children[i] = family_fork();
        if (children[i] == 0)
            node(depth + 1, i);
        pidfds[i] = MUST(syscall(SYS_pidfd_open, children[i], 0));
    }
    if (depth == 0)
        family_run(members);
    else
        family_member_wait();
    // Of the widest, half are collected one by one and half as wait finds them: in the order of their birth.
    int by_pid = depth == 0 ? count / 2 : count;
    for (int i = 0; i < by_pid; i++)
        check_end(children[i], pidfds[i], code(depth + 1, i), (i + depth) % 4);
    for (int i = by_pid; i < count; i++)
        family_wait_zombie(children[i]);
    for (int i = by_pid; i < count; i++) {
        int status;
        pid_t found = wait(&status);
        CHECK(found == children[i], "wait finds %d, the next in order of birth is %d", found, children[i]);
        CHECK(status == code(depth + 1, i) << 8, "wait: status %#x", status);
    }
    CHECK(wait(NULL) < 0 && errno == ECHILD, "there are more children");
}

static void node(int depth, int number)
{
    if (number % 5 == 1)
        MUST(setpgid(0, 0));
    if (number % 5 == 2)
        MUST(setsid());
    Identity before = identify(depth, number);
    parent(depth, number);
    Identity after = identify(depth, number);
    // Where main came from is outside: after a restart, where the restart came from.
    if (before.group == first.group)
        before.group = getpgid(first.pid);
    if (before.session == first.session)
        before.session = getsid(first.pid);
    CHECK(memcmp(&before, &after, sizeof before) == 0,
          "%d at depth %d: pid %d, parent %d, group %d, session %d; were %d, %d, %d, %d", number, depth, after.pid,
          after.parent, after.group, after.session, before.pid, before.parent, before.group, before.session);
    CHECK(syscall(SYS_gettid) == before.pid, "the thread is %ld", syscall(SYS_gettid));
    CHECK(write(report[1], &after, sizeof after) == sizeof after, "write: %s", strerror(errno));
    _exit(code(depth, number));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    members = FIRST + OTHERS * (DEPTH - 1);
    MUST(pipe(report));
    first = identify(0, 0);
    parent(0, 0);
    close(report[1]);
    Identity found;
    int reports = 0, deepest = 0;
    for (; read(report[0], &found, sizeof found) == sizeof found; reports++)
        deepest = found.depth > deepest ? found.depth : deepest;
    CHECK(reports == members && deepest == DEPTH, "%d of %d reported, down to depth %d", reports, members, deepest);
    return guest_pass();
}
