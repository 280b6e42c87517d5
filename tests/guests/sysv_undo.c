// SEM_UNDO: what a process took comes back when it ends, also after a restart. The process under test is the child;
// its parent looks afterwards.
#include "guest.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int set = MUST(semget(IPC_PRIVATE, 3, 0600));
    unsigned short values[3] = {5, 0, 9}, found[3];
    MUST(semctl(set, 0, SETALL, values));
    int ready[2];
    MUST(pipe(ready));
    pid_t child = MUST(fork());
    if (child == 0) {
        struct sembuf take[] = {{0, -2, SEM_UNDO}, {1, 3, SEM_UNDO}, {2, -1, 0}};
        MUST(semop(set, take, 3));
        CHECK(write(ready[1], "x", 1) == 1, "write: %s", strerror(errno));
        guest_wait();
        _exit(0);
    }
    CHECK(read(ready[0], &(char){0}, 1) == 1, "read: %s", strerror(errno));
    guest_ready();
    guest_wait();
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %x", status);
    MUST(semctl(set, 0, GETALL, found));
    CHECK(found[0] == 5 && found[1] == 0 && found[2] == 8, "after the end of the child: %d %d %d", found[0], found[1],
          found[2]);
    MUST(semctl(set, 0, IPC_RMID));
    return guest_pass();
}
