// System V shared memory: ids, keys, contents, removed segments, read-only and partial attachments.
#include "guest.h"

#include <sys/ipc.h>
#include <sys/shm.h>

enum { PAGE = 4096, SIZE = 16 * PAGE, BIG = 64 << 20 };

static int new_segment(key_t key, size_t size)
{
    return MUST(shmget(key, size, IPC_CREAT | IPC_EXCL | 0640));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    key_t key = 0x47000000 + getpid();
    while (shmget(key, 0, 0) >= 0 || errno != ENOENT) // what a killed process with this number has left
        key += 0x10000;
    int keyed = new_segment(key, SIZE - 100), removed = new_segment(IPC_PRIVATE, SIZE);
    int detached = new_segment(IPC_PRIVATE, SIZE), sparse = new_segment(IPC_PRIVATE, BIG);
    char *left = MUST(shmat(keyed, NULL, 0)), *right = MUST(shmat(keyed, NULL, SHM_RDONLY));
    guest_pattern(left, SIZE - 100, 1);
    char *gone = MUST(shmat(removed, NULL, 0));
    guest_pattern(gone, SIZE, 2);
    MUST(shmctl(removed, IPC_RMID, NULL));
    char *view = MUST(shmat(detached, NULL, 0));
    guest_pattern(view, SIZE, 3);
    MUST(shmdt(view));
    char *island = MUST(shmat(sparse, NULL, 0));
    strcpy(island + BIG - 100, "island");
    MUST(munmap(gone + 4 * PAGE, 4 * PAGE));
    MUST(mprotect(gone + 8 * PAGE, PAGE, PROT_READ));
    struct shmid_ds before, status;
    MUST(shmctl(keyed, IPC_STAT, &before));
    guest_ready();
    guest_wait();

    CHECK(shmget(key, 0, 0) == keyed, "the key leads to %d, was %d", shmget(key, 0, 0), keyed);
    MUST(shmctl(keyed, IPC_STAT, &status));
    CHECK(status.shm_segsz == SIZE - 100 && status.shm_perm.__key == key && (status.shm_perm.mode & 0777) == 0640,
          "segment of %zu bytes, mode %o", status.shm_segsz, status.shm_perm.mode);
    CHECK(status.shm_perm.uid == before.shm_perm.uid && status.shm_nattch == before.shm_nattch,
          "owner %d, %ld attachments", (int)status.shm_perm.uid, (long)status.shm_nattch);
    CHECK(guest_check_pattern(left, SIZE - 100, 1) < 0, "the content is damaged");
    guest_pattern(left, SIZE - 100, 11);
    CHECK(guest_check_pattern(right, SIZE - 100, 11) < 0, "two attachments of one segment went apart");
    char permissions[5];
    guest_permissions(right, permissions);
    CHECK(strcmp(permissions, "r--s") == 0, "the read-only attachment is %s", permissions);
    CHECK(mprotect(right, PAGE, PROT_READ | PROT_WRITE) < 0 && errno == EACCES,
          "the read-only attachment can be made writable");
    MUST(shmctl(removed, IPC_STAT, &status));
    CHECK(status.shm_perm.mode & SHM_DEST, "the removed segment lives on");
    guest_permissions(gone + 5 * PAGE, permissions);
    CHECK(strcmp(permissions, "----") == 0, "the unmapped part is %s", permissions);
    guest_permissions(gone + 8 * PAGE, permissions);
    CHECK(strcmp(permissions, "r--s") == 0, "the protected part is %s", permissions);
    char *again = MUST(shmat(removed, NULL, 0));
    CHECK(guest_check_pattern(again, SIZE, 2) < 0, "what was in the unmapped part is lost");
    again[0] ^= 1;
    CHECK(gone[0] == again[0], "the removed segment is two");
    view = MUST(shmat(detached, NULL, 0));
    CHECK(guest_check_pattern(view, SIZE, 3) < 0, "the segment that nobody had attached is damaged");
    CHECK(strcmp(island + BIG - 100, "island") == 0 && island[BIG / 2] == 0, "the sparse segment is damaged");

    MUST(shmdt(left));
    MUST(shmdt(right));
    int ids[] = {keyed, detached, sparse};
    for (int i = 0; i < 3; i++)
        MUST(shmctl(ids[i], IPC_RMID, NULL));
    return guest_pass();
}
