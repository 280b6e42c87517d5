// A daemon that has forked twice: no parent of ours, a session of its own, its directory and its files.
#include "family.h"

typedef struct {
    pid_t pid, parent, group, session;
    char directory[16];
} Report;

static Report describe(void)
{
    Report report = {.pid = getpid(), .parent = getppid(), .group = getpgrp(), .session = getsid(0)};
    CHECK(getcwd(report.directory, sizeof report.directory), "getcwd: %s", strerror(errno));
    return report;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    int reports[2], told[2];
    MUST(pipe(reports));
    MUST(pipe(told));
    pid_t child = family_fork_daemon();
    if (child == 0) {
        MUST(setsid());
        if (family_fork_daemon() == 0) {
            char byte;
            close(told[1]);
            MUST(read(told[0], &byte, 1)); // until the parent is gone
            MUST(chdir("/"));
            umask(0);
            Report report = describe();
            CHECK(write(reports[1], &report, sizeof report) == sizeof report, "write: %s", strerror(errno));
            family_member_wait();
            report = describe();
            CHECK(write(reports[1], &report, sizeof report) == sizeof report, "write: %s", strerror(errno));
            CHECK(umask(022) == 0, "the umask changed");
            _exit(0);
        }
        _exit(0);
    }
    family_reap(child, 0);
    close(told[1]);
    close(reports[1]);
    Report before, after;
    CHECK(read(reports[0], &before, sizeof before) == sizeof before, "read: %s", strerror(errno));
    CHECK(before.parent != getpid() && before.session == child, "it did not become a daemon");
    family_run(1);
    CHECK(read(reports[0], &after, sizeof after) == sizeof after, "the daemon is gone");
    CHECK(after.pid == before.pid && after.group == child && after.session == child, "pid %d, group %d, session %d",
          after.pid, after.group, after.session);
    CHECK(strcmp(after.directory, "/") == 0, "its directory is %s", after.directory);
    // Init, or somebody outside who adopts in its place: nobody that we know.
    CHECK(before.parent == 1 ? after.parent == 1 : after.parent != getpid(), "its parent is %d, was %d", after.parent,
          before.parent);
    char byte;
    CHECK(read(reports[0], &byte, 1) == 0, "the daemon does not end");
    CHECK(wait(NULL) < 0 && errno == ECHILD, "the daemon has become a child");
    return guest_pass();
}
