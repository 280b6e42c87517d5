// Several threads fork children all the time, of which each lives for a moment: it allocates, starts a thread, and some
// fork or execute something themselves. At the end 2000 or more of them must have ended as they should.
#include "guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { THREADS = 4, AT_LEAST = 2000 };

static _Atomic int born;
static _Atomic bool stop;

static void *in_child(void *argument)
{
    usleep((useconds_t)(uintptr_t)argument);
    return argument;
}

static int child(unsigned seed)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test kills the first process only
    unsigned kind = seed, life = rand_r(&seed) % 50000;
    char *block = malloc(10000 + seed % 1000);
    memset(block, (int)seed, 10000);
    if (kind % 4 == 0) {
        pthread_t thread;
        void *result;
        if (pthread_create(&thread, NULL, in_child, (void *)(uintptr_t)life) || pthread_join(thread, &result) ||
            (uintptr_t)result != life)
            return 1;
    } else if (kind % 4 == 1) {
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            free(block);
            usleep(life);
            return 0;
        }
        int status;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            return 2;
    } else if (kind % 16 == 2) {
        execl("/bin/true", "true", NULL);
        return 3;
    } else {
        struct timespec left, request = {0, life * 1000L};
        if (nanosleep(&request, &left))
            return 4;
    }
    free(block);
    return 7;
}

static void *forker(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!stop) {
        pid_t pids[8];
        unsigned seeds[8];
        for (int i = 0; i < 8; i++) {
            seeds[i] = rand_r(&seed);
            pids[i] = fork();
            CHECK(pids[i] >= 0, "fork: %s", strerror(errno));
            if (pids[i] == 0)
                _exit(child(seeds[i]));
        }
        for (int i = 0; i < 8; i++) {
            int status, expected = seeds[i] % 16 == 2 ? 0 : 7;
            pid_t ended = waitpid(pids[i], &status, 0);
            CHECK(ended == pids[i], "waitpid: %s", strerror(errno));
            CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == expected || (seeds[i] % 4 == 1 && WEXITSTATUS(status) == 0)),
                  "a child ended with %#x (seed %u)", status, seeds[i]);
            born++;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = guest_thread(forker, (void *)(uintptr_t)(i + 1));
    while (born < 8 * THREADS)
        usleep(1000);
    guest_ready();
    guest_wait();
    while (born < AT_LEAST)
        usleep(10000);
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return guest_pass();
}
