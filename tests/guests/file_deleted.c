// Files without a name: deleted while open, made with O_TMPFILE, renamed, and one that had two names.
#include "guest.h"

enum { SIZE = 300000 };

static void fill(int fd, int seed)
{
    char *content = malloc(SIZE);
    guest_pattern(content, SIZE, seed);
    CHECK(write(fd, content, SIZE) == SIZE, "write: %s", strerror(errno));
    free(content);
}

static void check(int fd, int seed, const char *what)
{
    char *content = malloc(SIZE + 1);
    ssize_t size = pread(fd, content, SIZE + 1, 0);
    CHECK(size == SIZE, "%s has %zd bytes, had %d", what, size, SIZE);
    CHECK(guest_check_pattern(content, SIZE, seed) < 0, "%s has another content", what);
    free(content);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char gone[] = "gone.XXXXXX", moved[] = "moved.XXXXXX", moved_to[64], twice[] = "twice.XXXXXX", link_name[64];
    int deleted = MUST(mkstemp(gone));
    fill(deleted, 1);
    MUST(lseek(deleted, 100, SEEK_SET));
    MUST(unlink(gone));
    int second = MUST(dup(deleted));

    // Some file systems know no O_TMPFILE.
    int nameless = open(".", O_TMPFILE | O_RDWR, 0600);
    if (nameless >= 0)
        fill(nameless, 2);

    int renamed = MUST(mkstemp(moved));
    fill(renamed, 3);
    snprintf(moved_to, sizeof moved_to, "%s.new", moved);
    MUST(rename(moved, moved_to));

    int linked = MUST(mkstemp(twice));
    fill(linked, 4);
    snprintf(link_name, sizeof link_name, "%s.link", twice);
    MUST(link(twice, link_name));
    MUST(unlink(twice));

    // A sparse one: holes need not cost space.
    int sparse = MUST(mkstemp((char[]){"sparse.XXXXXX"}));
    char path[64], target[256];
    snprintf(path, sizeof path, "/proc/self/fd/%d", sparse);
    ssize_t length = MUST(readlink(path, target, sizeof target - 1));
    target[length] = 0;
    MUST(unlink(target));
    MUST(ftruncate(sparse, 1 << 30));
    CHECK(pwrite(sparse, "island", 6, 1 << 29) == 6, "pwrite: %s", strerror(errno));

    guest_ready();
    guest_wait();

    CHECK(lseek(deleted, 0, SEEK_CUR) == 100, "the offset of the deleted file is %ld", (long)lseek(deleted, 0, SEEK_CUR));
    check(deleted, 1, "the deleted file");
    struct stat status;
    MUST(fstat(deleted, &status));
    CHECK(status.st_nlink == 0, "the deleted file has a name again");
    CHECK(access(gone, F_OK) != 0, "the deleted file is back at %s", gone);
    MUST(lseek(second, 5, SEEK_SET));
    CHECK(lseek(deleted, 0, SEEK_CUR) == 5, "duplicates of the deleted file went apart");
    CHECK(write(deleted, "on", 2) == 2, "the deleted file cannot be written");
    if (nameless >= 0)
        check(nameless, 2, "the nameless file");
    check(renamed, 3, "the renamed file");
    check(linked, 4, "the file with a second name");
    char island[6];
    CHECK(pread(sparse, island, 6, 1 << 29) == 6 && memcmp(island, "island", 6) == 0, "the sparse file lost its data");
    MUST(fstat(sparse, &status));
    CHECK(status.st_size == 1 << 30, "the sparse file has %ld bytes", (long)status.st_size);
    unlink(moved_to);
    unlink(link_name);
    return guest_pass();
}
