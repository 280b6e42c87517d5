// Processes that fork, execute, start threads and end all the time, while checkpoints begin at any moment: every child
// is counted, by its status and by what it wrote.
#include "family.h"

#include <spawn.h>

enum { WORKERS = 4, AT_LEAST = 60 };

typedef struct {
    _Atomic int begun, ended;
} Count;

static Count *counts;
static _Atomic bool *stop;
extern char **environ;

static void *idle(void *argument)
{
    return argument;
}

static pid_t begin(int round)
{
    char *const words[] = {"sh", "-c", "exit 7", NULL};
    pid_t pid = -1;
    switch (round % 4) {
    case 0:
        pid = MUST(fork());
        if (pid == 0) {
            execl("/bin/true", "true", NULL);
            _exit(99);
        }
        return pid;
    case 1: {
        int error = posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ);
        CHECK(error == 0, "posix_spawn: %s", strerror(error));
        return pid;
    }
    case 2:
        pid = MUST(vfork());
        if (pid == 0) {
            execve("/bin/true", (char *[]){"true", NULL}, environ);
            _exit(99);
        }
        return pid;
    default:
        pid = MUST(fork());
        if (pid == 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, idle, NULL) != 0 || pthread_join(thread, NULL) != 0)
                _exit(98);
            _exit(3);
        }
        return pid;
    }
}

static void work(Count *count)
{
    static const int expected[] = {0, 7 << 8, 0, 3 << 8};
    for (int round = 0; !*stop || count->ended < AT_LEAST; round++) {
        int status = -1;
        count->begun++;
        pid_t pid = begin(round);
        pid_t found = waitpid(pid, &status, 0);
        CHECK(found == pid, "waitpid of %d gives %d: %s", pid, found, strerror(errno));
        CHECK(status == expected[round % 4], "child %d of kind %d: status %#x", pid, round % 4, status);
        count->ended++;
    }
    CHECK(wait(NULL) < 0 && errno == ECHILD, "there are more children");
    _exit(0);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(counts != MAP_FAILED, "mmap: %s", strerror(errno));
    stop = (_Atomic bool *)(counts + WORKERS);
    pid_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = family_fork();
        if (workers[i] == 0) {
            family_member_ready();
            work(&counts[i]);
        }
    }
    family_ready(WORKERS);
    *stop = true;
    for (int i = 0; i < WORKERS; i++)
        family_reap(workers[i], 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK(counts[i].begun == counts[i].ended && counts[i].ended >= AT_LEAST, "worker %d began %d and ended %d", i,
              counts[i].begun, counts[i].ended);
    return guest_pass();
}
