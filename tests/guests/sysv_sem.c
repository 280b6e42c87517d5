// System V semaphores: ids, keys, values. What is undone at the end of a process is in sysv_undo.c.
#include "guest.h"

#include <sys/ipc.h>
#include <sys/sem.h>

enum { COUNT = 5 };

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    key_t key = 0x48000000 + getpid();
    while (semget(key, 0, 0) >= 0 || errno != ENOENT) // what a killed process with this number has left
        key += 0x10000;
    int skipped = MUST(semget(IPC_PRIVATE, 1, 0600)); // ids do not begin at the first
    int set = MUST(semget(key, COUNT, IPC_CREAT | IPC_EXCL | 0620)), other = MUST(semget(IPC_PRIVATE, 1, 0600));
    MUST(semctl(skipped, 0, IPC_RMID));
    unsigned short values[COUNT] = {3, 0, 32767, 7, 100}, found[COUNT];
    MUST(semctl(set, 0, SETALL, values));
    MUST(semctl(other, 0, SETVAL, 10));
    struct sembuf take[] = {{0, -1, SEM_UNDO}, {4, -30, SEM_UNDO | IPC_NOWAIT}, {1, 2, SEM_UNDO}};
    MUST(semop(set, take, 3));
    // What is set by hand is not undone.
    MUST(semop(other, &(struct sembuf){0, -4, SEM_UNDO}, 1));
    MUST(semctl(other, 0, SETVAL, 5));
    guest_ready();
    guest_wait();

    CHECK(semget(key, COUNT, 0) == set, "the key leads to %d, was %d", semget(key, COUNT, 0), set);
    struct semid_ds status;
    MUST(semctl(set, 0, IPC_STAT, &status));
    CHECK(status.sem_nsems == COUNT && (status.sem_perm.mode & 0777) == 0620, "%ld semaphores, mode %o",
          (long)status.sem_nsems, status.sem_perm.mode);
    unsigned short expected[COUNT] = {2, 2, 32767, 7, 70};
    MUST(semctl(set, 0, GETALL, found));
    CHECK(memcmp(found, expected, sizeof found) == 0, "values %d %d %d %d %d", found[0], found[1], found[2], found[3],
          found[4]);
    struct timespec soon = {.tv_nsec = 1000000};
    CHECK(semtimedop(set, &(struct sembuf){3, -8, 0}, 1, &soon) < 0 && errno == EAGAIN, "8 of 7 were taken");

    MUST(semctl(set, 0, IPC_RMID));
    MUST(semctl(other, 0, IPC_RMID));
    return guest_pass();
}
