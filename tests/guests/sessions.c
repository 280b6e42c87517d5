// Sessions and process groups, with and without their leaders. The session and the group that main came from are
// outside: after a restart they are those that the restart came from, of all alike.
#include "family.h"

static pid_t first, was_group, was_session;

static _Noreturn void verify(const char *who, pid_t parent, pid_t group, pid_t session)
{
    family_member_wait();
    group = group == was_group ? getpgid(first) : group;
    session = session == was_session ? getsid(first) : session;
    CHECK(getppid() == parent, "%s: the parent is %d, was %d", who, getppid(), parent);
    CHECK(getpgrp() == group, "%s: the group is %d, was %d", who, getpgrp(), group);
    CHECK(getsid(0) == session, "%s: the session is %d, was %d", who, getsid(0), session);
    _exit(0);
}

// A session of its own, with a child in a group of its own in it.
static void new_session(void)
{
    pid_t self = MUST(setsid());
    pid_t child = family_fork();
    if (child == 0) {
        MUST(setpgid(0, 0));
        verify("group in a session", self, getpid(), self);
    }
    pid_t parent = getppid();
    family_member_wait();
    family_reap(child, 0);
    CHECK(getsid(0) == self && getpgrp() == self && getppid() == parent, "the session leader is none");
    // It may not become what it is already: only a leader gets this error.
    CHECK(setsid() < 0 && errno == EPERM, "a leader could make a session");
}

// A child that stays in the session that its parent leaves.
static void left_behind(void)
{
    pid_t self = getpid(), group = getpgrp();
    pid_t child = family_fork();
    if (child == 0)
        verify("left behind", self, group, was_session);
    MUST(setsid());
    family_member_wait();
    family_reap(child, 0);
    CHECK(getsid(0) == self, "the session is %d", getsid(0));
}

// A group of two whose leader is neither's parent.
static void joined_group(void)
{
    pid_t self = getpid(), children[2];
    int ready[2];
    char byte;
    MUST(pipe(ready));
    for (int i = 0; i < 2; i++) {
        children[i] = family_fork();
        if (children[i] == 0) {
            MUST(setpgid(0, i == 0 ? 0 : children[0]));
            MUST(write(ready[1], "", 1));
            verify("joined group", self, i == 0 ? getpid() : children[0], was_session);
        }
        MUST(read(ready[0], &byte, 1));
    }
    family_member_wait();
    family_reap(children[0], 0);
    family_reap(children[1], 0);
}

// The leader of a group, or of a session, has ended and is collected; a member lives on with our main as its parent.
static void leaderless(bool session, pid_t reaper)
{
    int told[2];
    MUST(pipe(told));
    pid_t leader = family_fork_daemon();
    if (leader == 0) {
        if (session)
            MUST(setsid());
        else
            MUST(setpgid(0, 0));
        pid_t self = getpid();
        if (family_fork_daemon() == 0) {
            // Only when its parent is gone does it have the one that it is to keep.
            char byte;
            close(told[1]);
            MUST(read(told[0], &byte, 1));
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            verify(session ? "session without leader" : "group without leader", reaper, self,
                   session ? self : was_session);
        }
        _exit(0);
    }
    family_reap(leader, 0);
    close(told[1]);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    was_session = getsid(0);
    was_group = getpgrp();
    first = getpid();
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    void (*const families[])(void) = {new_session, left_behind, joined_group};
    for (int i = 0; i < 3; i++)
        if (family_fork() == 0) {
            families[i]();
            _exit(0);
        }
    leaderless(false, first);
    leaderless(true, first);
    family_run(3 + 4 + 2);
    for (int i = 0; i < 3 + 2; i++) {
        int status;
        MUST(wait(&status));
        CHECK(status == 0, "a family ended with %#x", status);
    }
    CHECK(wait(NULL) < 0 && errno == ECHILD, "there are more children");
    return guest_pass();
}
