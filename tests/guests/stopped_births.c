// Groups of processes that make others all the time, with a program to execute and without, are stopped in the middle of that, as Ctrl-Z does it.
// Nothing of them runs before they are continued; then they go on and end well.
#include "guest.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { KINDS = 2, GROUPS = 2 * KINDS, AT_LEAST = 3 };

struct shared {
    atomic_long born[GROUPS];
    atomic_bool stop;
};
static struct shared *shared;

static char *const words[] = {"true", NULL};

// One program that runs and ends, started in one of the ways.
static pid_t start(int kind)
{
    pid_t pid = MUST(fork());
    if (pid == 0 && kind == 0) {
        usleep(1000);
        _exit(0);
    } else if (pid == 0) {
        execv("/bin/true", words);
        _exit(127);
    }
    return pid;
}

static pid_t start_group(int group)
{
    pid_t parent = getpid(), leader = MUST(fork());
    if (leader) {
        setpgid(leader, leader);
        return leader;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() != parent)
        _exit(9);
    while (!shared->stop) {
        int status;
        pid_t pid = start(group % KINDS), ended = waitpid(pid, &status, 0);
        CHECK(ended == pid && status == 0, "group %d: %d ended with %#x", group, ended, status);
        atomic_fetch_add(&shared->born[group], 1);
    }
    _exit(0);
}

// One process of the group that is not stopped, or 0.
static pid_t running(pid_t group, char *its_state)
{
    pid_t found = 0;
    DIR *proc = opendir("/proc");
    CHECK(proc, "/proc: %s", strerror(errno));
    for (struct dirent *entry; !found && (entry = readdir(proc));) {
        char path[64], text[512] = "", state;
        int parent, its_group;
        snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
        int fd = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? open(path, O_RDONLY) : -1;
        if (fd < 0)
            continue;
        ssize_t length = read(fd, text, sizeof text - 1);
        close(fd);
        if (length > 0 && sscanf(strrchr(text, ')') + 1, " %c %d %d", &state, &parent, &its_group) == 3 &&
            its_group == group && !strchr("TZX", state)) {
            found = atoi(entry->d_name);
            *its_state = state;
        }
    }
    closedir(proc);
    return found;
}

static void await_stopped(pid_t group)
{
    char state = 0;
    for (int i = 0; i < 30000 && running(group, &state); i++)
        usleep(1000);
    pid_t pid = running(group, &state);
    CHECK(pid == 0, "process %d of the stopped group %d is in state %c", pid, group, state);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned seed = (unsigned)guest_now();
    pid_t leaders[GROUPS];
    long before[GROUPS];
    for (int i = 0; i < GROUPS; i++)
        leaders[i] = start_group(i);
    for (int i = 0; i < GROUPS; i++) {
        while (shared->born[i] < AT_LEAST)
            usleep(1000);
        usleep(rand_r(&seed) % 5000);
        MUST(kill(-leaders[i], (seed >> i) % 2 ? SIGTSTP : SIGSTOP));
        await_stopped(leaders[i]);
    }
    for (int i = 0; i < GROUPS; i++)
        before[i] = shared->born[i];
    guest_ready();
    guest_wait();
    for (int i = 0; i < GROUPS; i++) {
        await_stopped(leaders[i]);
        CHECK(shared->born[i] == before[i], "the stopped group %d made %ld more", i, shared->born[i] - before[i]);
    }
    shared->stop = true;
    for (int i = 0; i < GROUPS; i++)
        MUST(kill(-leaders[i], SIGCONT));
    for (int i = 0; i < GROUPS; i++) {
        int status;
        CHECK(waitpid(leaders[i], &status, 0) == leaders[i] && status == 0, "leader of group %d: %#x", i, status);
    }
    return guest_pass();
}
