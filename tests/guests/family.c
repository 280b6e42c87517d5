#include "family.h"

static int ready_pipe[2], go_pipe[2];

void family_init(void)
{
    MUST(pipe2(ready_pipe, O_CLOEXEC));
    MUST(pipe2(go_pipe, O_CLOEXEC));
}

pid_t family_fork_daemon(void)
{
    pid_t pid = MUST(fork());
    if (pid == 0 && go_pipe[1] >= 0) {
        close(go_pipe[1]);
        go_pipe[1] = -1; // in its children there is nothing to close, or a file of the guest's own
    }
    return pid;
}

pid_t family_fork(void)
{
    pid_t parent = getpid();
    pid_t pid = family_fork_daemon();
    if (pid == 0) {
        // When a test fails and main is killed, nobody may stay behind.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(9);
    }
    return pid;
}

void family_member_ready(void)
{
    CHECK(write(ready_pipe[1], "r", 1) == 1, "write: %s", strerror(errno));
}

void family_member_go(void)
{
    char byte;
    ssize_t got = read(go_pipe[0], &byte, 1);
    CHECK(got == 0, "read of the go pipe gives %zd: %s", got, strerror(errno));
}

void family_member_wait(void)
{
    family_member_ready();
    family_member_go();
}

void family_ready_one(void)
{
    char byte;
    CHECK(read(ready_pipe[0], &byte, 1) == 1, "read: %s", strerror(errno));
}

void family_ready(int members)
{
    for (int i = 0; i < members; i++)
        family_ready_one();
    guest_ready();
    guest_wait();
}

void family_go(void)
{
    close(go_pipe[1]);
}

void family_run(int members)
{
    family_ready(members);
    family_go();
}

void family_reap(pid_t pid, int expected)
{
    int status = -1;
    pid_t found = waitpid(pid, &status, 0);
    CHECK(found == pid, "waitpid of %d gives %d: %s", pid, found, strerror(errno));
    CHECK(status == expected, "the status of %d is %#x instead of %#x", pid, status, expected);
}

static char state_of(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t length = MUST(read(fd, text, sizeof text - 1));
    close(fd);
    text[length] = 0;
    // The state follows the name, which stands in parentheses and may contain some.
    const char *end = strrchr(text, ')');
    return end ? end[2] : '?';
}

static void wait_state(pid_t pid, char state)
{
    struct timespec step = {.tv_nsec = 1000000};
    while (state_of(pid) != state)
        nanosleep(&step, NULL);
}

void family_wait_asleep(pid_t pid)
{
    wait_state(pid, 'S');
}

void family_wait_zombie(pid_t pid)
{
    wait_state(pid, 'Z');
}
