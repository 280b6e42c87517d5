// Who the process is: pid and tids, session and group, executable, command line, environment,
// auxiliary vector, credentials, as /proc and the library tell it.
#include "guest.h"

#include <elf.h>
#include <limits.h>
#include <sys/auxv.h>
#include <grp.h>

extern char **environ;

struct identity {
    pid_t pid, tid, group, session;
    uid_t uids[3];
    gid_t gids[3];
    int group_count;
    gid_t groups[256];
    char exe[PATH_MAX], comm[32], command_line[4096], environment[65536];
    ssize_t command_line_size, environment_size, auxv_size;
    char auxv[4096];
    char stat_addresses[256];
};

static ssize_t slurp(const char *path, char *buffer, size_t size)
{
    int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t total = 0, got;
    while ((got = read(fd, buffer + total, size - 1 - total)) > 0)
        total += got;
    close(fd);
    buffer[total] = 0;
    return total;
}

static void fill(struct identity *identity)
{
    memset(identity, 0, sizeof *identity);
    identity->pid = getpid();
    identity->tid = gettid();
    identity->group = getpgrp();
    identity->session = getsid(0);
    getresuid(&identity->uids[0], &identity->uids[1], &identity->uids[2]);
    getresgid(&identity->gids[0], &identity->gids[1], &identity->gids[2]);
    identity->group_count = getgroups(256, identity->groups);
    MUST(readlink("/proc/self/exe", identity->exe, sizeof identity->exe - 1));
    slurp("/proc/self/comm", identity->comm, sizeof identity->comm);
    identity->command_line_size = slurp("/proc/self/cmdline", identity->command_line, sizeof identity->command_line);
    identity->environment_size = slurp("/proc/self/environ", identity->environment, sizeof identity->environment);
    identity->auxv_size = slurp("/proc/self/auxv", identity->auxv, sizeof identity->auxv);
    // start_code, end_code, start_stack, start_data .. env_end of proc(5) stat.
    char stat[1024];
    slurp("/proc/self/stat", stat, sizeof stat);
    char *rest, *word = strtok_r(strrchr(stat, ')') + 1, " ", &rest);
    for (int field = 3; word; field++, word = strtok_r(NULL, " ", &rest))
        if ((field >= 26 && field <= 28) || (field >= 45 && field <= 51))
            snprintf(identity->stat_addresses + strlen(identity->stat_addresses),
                     sizeof identity->stat_addresses - strlen(identity->stat_addresses), "%d:%s ", field, word);
}

static struct identity before, now;

static pid_t thread_id;

static void *other(void *unused)
{
    (void)unused;
    pid_t self = thread_id = gettid();
    guest_wait();
    CHECK(gettid() == self, "the thread's id is %d, was %d", gettid(), self);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", getpid(), self);
    CHECK(access(path, F_OK) == 0, "no %s", path);
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    setenv("GUEST_VARIABLE", "set by the program", 1);
    pthread_t thread = guest_thread(other, NULL);
    while (!thread_id)
        usleep(1000);
    fill(&before);
    guest_ready();
    guest_wait();
    pthread_join(thread, NULL);
    fill(&now);
    CHECK(now.pid == before.pid, "the pid is %d, was %d", now.pid, before.pid);
    CHECK(now.tid == before.tid, "the tid is %d, was %d", now.tid, before.tid);
    CHECK(memcmp(now.uids, before.uids, sizeof now.uids) == 0, "the user ids changed");
    CHECK(memcmp(now.gids, before.gids, sizeof now.gids) == 0, "the group ids changed");
    CHECK(now.group_count == before.group_count && memcmp(now.groups, before.groups, sizeof now.groups) == 0,
          "the supplementary groups changed");
    CHECK(strcmp(now.exe, before.exe) == 0, "the executable is %s, was %s", now.exe, before.exe);
    CHECK(strcmp(now.comm, before.comm) == 0, "the name is %s, was %s", now.comm, before.comm);
    CHECK(now.command_line_size == before.command_line_size &&
              memcmp(now.command_line, before.command_line, before.command_line_size) == 0,
          "the command line is '%.200s', was '%.200s'", now.command_line, before.command_line);
    CHECK(now.environment_size == before.environment_size &&
              memcmp(now.environment, before.environment, before.environment_size) == 0,
          "the environment changed from %zd to %zd bytes", before.environment_size, now.environment_size);
    CHECK(now.auxv_size == before.auxv_size && memcmp(now.auxv, before.auxv, before.auxv_size) == 0,
          "the auxiliary vector changed");
    CHECK(strcmp(now.stat_addresses, before.stat_addresses) == 0, "addresses are %s, were %s", now.stat_addresses,
          before.stat_addresses);
    CHECK(strcmp(getenv("GUEST_VARIABLE"), "set by the program") == 0, "the environment is lost");
    return guest_pass();
}
