// POSIX shared memory and named semaphores: with and without their names, open and only mapped, in part.
#include "guest.h"

#include <semaphore.h>

enum { PAGE = 4096, SIZE = 24 * PAGE };

static int create(const char *name)
{
    int fd = MUST(shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0640));
    MUST(ftruncate(fd, SIZE));
    return fd;
}

static char *map(int fd, size_t size, off_t offset)
{
    return MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char kept_name[64], part_name[64], gone_name[64], semaphore_name[64];
    snprintf(kept_name, sizeof kept_name, "/guest-kept-%d", getpid());
    snprintf(part_name, sizeof part_name, "/guest-part-%d", getpid());
    snprintf(gone_name, sizeof gone_name, "/guest-gone-%d", getpid());
    snprintf(semaphore_name, sizeof semaphore_name, "/guest-sem-%d", getpid());
    int kept_fd = create(kept_name), part_fd = create(part_name), gone_fd = create(gone_name);
    char *kept = map(kept_fd, SIZE, 0), *whole = map(part_fd, SIZE, 0), *gone = map(gone_fd, SIZE, 0);
    guest_pattern(kept, SIZE, 1);
    guest_pattern(whole, SIZE, 2);
    guest_pattern(gone, SIZE, 3);
    munmap(whole, SIZE);
    char *part = map(part_fd, PAGE, 5 * PAGE);
    close(part_fd);
    MUST(shm_unlink(gone_name));
    close(gone_fd);
    char *copy = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, kept_fd, PAGE));
    copy[0] = 'c';
    sem_t *named = sem_open(semaphore_name, O_CREAT | O_EXCL, 0600, 4);
    CHECK(named != SEM_FAILED, "sem_open: %s", strerror(errno));
    sem_wait(named);
    guest_ready();
    guest_wait();

    CHECK(guest_check_pattern(kept, SIZE, 1) < 0, "named memory is damaged");
    CHECK(guest_check_pattern(gone, SIZE, 3) < 0, "memory without a name is damaged");
    CHECK(copy[0] == 'c' && memcmp(copy + 8, kept + PAGE + 8, PAGE - 8) == 0, "the private copy is damaged");
    int again = MUST(shm_open(part_name, O_RDWR, 0));
    whole = map(again, SIZE, 0);
    CHECK(guest_check_pattern(whole, SIZE, 2) < 0, "the part that was not mapped is damaged");
    whole[5 * PAGE] ^= 1;
    CHECK(part[0] == whole[5 * PAGE], "the mapping is of another object");
    struct stat status;
    MUST(fstat(kept_fd, &status));
    CHECK(status.st_size == SIZE && (status.st_mode & 0777) == 0640 && status.st_nlink == 1, "%ld bytes, mode %o",
          (long)status.st_size, status.st_mode);
    again = MUST(shm_open(kept_name, O_RDWR, 0));
    CHECK(pwrite(again, "new", 3, 0) == 3 && memcmp(kept, "new", 3) == 0, "name and mapping went apart");
    CHECK(shm_open(gone_name, O_RDWR, 0) < 0 && errno == ENOENT, "the removed memory has a name");
    int value;
    sem_getvalue(named, &value);
    CHECK(value == 3, "the semaphore is %d, was 3", value);
    sem_t *same = sem_open(semaphore_name, 0);
    CHECK(same != SEM_FAILED, "sem_open: %s", strerror(errno));
    sem_post(same);
    sem_getvalue(named, &value);
    CHECK(value == 4, "the semaphore is two");
    shm_unlink(kept_name);
    shm_unlink(part_name);
    sem_unlink(semaphore_name);
    return guest_pass();
}
