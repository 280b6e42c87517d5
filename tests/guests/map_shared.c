// Shared mappings: of a file, anonymous, of a memfd mapped twice, and of a deleted file.
#include "guest.h"

enum { PAGE = 4096, SIZE = 32 * PAGE };

static char *map(int fd, int protection)
{
    return MUST(mmap(NULL, SIZE, protection, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0));
}

static int new_file(char *path)
{
    int fd = MUST(mkstemp(path));
    MUST(ftruncate(fd, SIZE));
    return fd;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char path[] = "map_shared.XXXXXX", gone[] = "map_gone.XXXXXX";
    int fd = new_file(path);
    char *file = map(fd, PROT_READ | PROT_WRITE), *view = map(fd, PROT_READ);
    close(fd);
    guest_pattern(file, SIZE, 1);

    char *anonymous = map(-1, PROT_READ | PROT_WRITE);
    guest_pattern(anonymous, SIZE, 2);

    int memory = MUST(memfd_create("guest", MFD_CLOEXEC));
    MUST(ftruncate(memory, SIZE));
    char *left = map(memory, PROT_READ | PROT_WRITE), *right = map(memory, PROT_READ);
    guest_pattern(left, SIZE, 3);

    int deleted_fd = new_file(gone);
    char *deleted = map(deleted_fd, PROT_READ | PROT_WRITE), *deleted_view = map(deleted_fd, PROT_READ);
    close(deleted_fd);
    MUST(unlink(gone));
    guest_pattern(deleted, SIZE, 4);

    guest_ready();
    guest_wait();

    CHECK(guest_check_pattern(file, SIZE, 1) < 0, "the file mapping is damaged");
    CHECK(guest_check_pattern(anonymous, SIZE, 2) < 0, "the shared anonymous mapping is damaged");
    CHECK(guest_check_pattern(left, SIZE, 3) < 0, "the memfd mapping is damaged");
    CHECK(guest_check_pattern(deleted, SIZE, 4) < 0, "the mapping of the deleted file is damaged");

    char permissions[5];
    guest_permissions(anonymous, permissions);
    CHECK(strcmp(permissions, "rw-s") == 0, "the shared anonymous mapping is %s", permissions);
    guest_permissions(view, permissions);
    CHECK(strcmp(permissions, "r--s") == 0, "the read-only view is %s", permissions);

    // Both views of one object still are views of one object.
    guest_pattern(file, SIZE, 11);
    CHECK(guest_check_pattern(view, SIZE, 11) < 0, "the two views of the file went apart");
    guest_pattern(left, SIZE, 13);
    CHECK(guest_check_pattern(right, SIZE, 13) < 0, "the two views of the memfd went apart");
    char *buffer = malloc(SIZE);
    CHECK(pread(memory, buffer, SIZE, 0) == SIZE, "the memfd has another size");
    CHECK(guest_check_pattern(buffer, SIZE, 13) < 0, "the memfd and its mapping went apart");
    guest_pattern(deleted, SIZE, 14);
    CHECK(guest_check_pattern(deleted_view, SIZE, 14) < 0, "the two views of the deleted file went apart");

    // What is written to a shared file mapping reaches the file.
    fd = MUST(open(path, O_RDONLY));
    CHECK(read(fd, buffer, SIZE) == SIZE, "the file has another size");
    CHECK(guest_check_pattern(buffer, SIZE, 11) < 0, "writes to the shared mapping do not reach the file");
    unlink(path);
    return guest_pass();
}
