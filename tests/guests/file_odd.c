// O_PATH in all forms, O_TMPFILE that gets a name later, directories that were removed.
#include "guest.h"

#include <dirent.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char directory[] = "odd.XXXXXX", text[64];
    CHECK(mkdtemp(directory), "mkdtemp: %s", strerror(errno));
    MUST(chdir(directory));
    int file = MUST(open("file", O_CREAT | O_RDWR, 0600));
    CHECK(write(file, "content", 7) == 7, "write: %s", strerror(errno));
    MUST(symlink("nowhere", "link"));
    MUST(mkfifo("fifo", 0600));
    MUST(mkdir("sub", 0700));
    MUST(mkdir("sub/gone", 0750));
    MUST(mkdir("sub/gone/deeper", 0700));
    MUST(mkdir("place", 0700));
    close(MUST(open("deleted", O_CREAT | O_WRONLY, 0600)));

    int of_file = MUST(open("file", O_PATH | O_CLOEXEC)), of_link = MUST(open("link", O_PATH | O_NOFOLLOW));
    int of_fifo = MUST(open("fifo", O_PATH)), of_directory = MUST(open("sub", O_PATH | O_DIRECTORY));
    int of_deleted = MUST(open("deleted", O_PATH)), of_place = MUST(open("place", O_PATH));
    MUST(unlink("deleted"));
    MUST(rmdir("place"));
    int nameless = open(".", O_TMPFILE | O_RDWR, 0640); // not on every file system
    if (nameless >= 0)
        CHECK(write(nameless, "nameless", 8) == 8, "write: %s", strerror(errno));
    int named = open(".", O_TMPFILE | O_RDWR, 0600);
    if (named >= 0) {
        CHECK(write(named, "named", 5) == 5, "write: %s", strerror(errno));
        snprintf(text, sizeof text, "/proc/self/fd/%d", named);
        MUST(linkat(AT_FDCWD, text, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    }
    int gone = MUST(open("sub/gone", O_RDONLY | O_DIRECTORY)), deeper = MUST(open("sub/gone/deeper", O_RDONLY));
    MUST(rmdir("sub/gone/deeper"));
    MUST(rmdir("sub/gone"));
    guest_ready();
    guest_wait();

    struct stat status;
    CHECK(read(of_file, text, 1) < 0 && errno == EBADF, "an O_PATH fd can be read");
    CHECK(fcntl(of_file, F_GETFD) == FD_CLOEXEC, "close-on-exec is lost");
    snprintf(text, sizeof text, "/proc/self/fd/%d", of_file);
    int again = MUST(open(text, O_RDONLY));
    CHECK(read(again, text, sizeof text) == 7 && memcmp(text, "content", 7) == 0, "the O_PATH fd leads elsewhere");
    ssize_t length = readlinkat(of_link, "", text, sizeof text);
    CHECK(length == 7 && memcmp(text, "nowhere", 7) == 0, "the symbolic link is lost");
    MUST(fstat(of_fifo, &status));
    CHECK(S_ISFIFO(status.st_mode), "the FIFO is of mode %o", status.st_mode);
    int inside = MUST(openat(of_directory, "made", O_CREAT | O_WRONLY, 0600));
    close(inside);
    CHECK(access("sub/made", F_OK) == 0, "the O_PATH directory is another");
    MUST(fstat(of_deleted, &status));
    CHECK(S_ISREG(status.st_mode) && status.st_nlink == 0, "the deleted file is of mode %o", status.st_mode);
    MUST(fstat(of_place, &status));
    CHECK(S_ISDIR(status.st_mode), "the removed directory is of mode %o", status.st_mode);
    CHECK(openat(of_place, "x", O_CREAT | O_WRONLY, 0600) < 0 && errno == ENOENT, "the removed directory is alive");
    for (int i = 0; i < 2; i++) {
        int fd = i ? deeper : gone;
        MUST(fstat(fd, &status));
        CHECK(S_ISDIR(status.st_mode) && (status.st_mode & 0777) == (i ? 0700 : 0750),
              "removed directory %d has mode %o", i, status.st_mode);
        DIR *listing = fdopendir(fd);
        CHECK(listing && !readdir(listing), "removed directory %d has entries", i);
        CHECK(openat(fd, "x", O_CREAT | O_WRONLY, 0600) < 0 && errno == ENOENT, "removed directory %d is alive", i);
    }
    CHECK(access("sub/gone", F_OK) != 0 && access("place", F_OK) != 0, "a removed directory is back");

    if (nameless >= 0) {
        MUST(fstat(nameless, &status));
        CHECK(status.st_nlink == 0 && (status.st_mode & 0777) == 0640, "the nameless file has mode %o", status.st_mode);
        snprintf(text, sizeof text, "/proc/self/fd/%d", nameless);
        MUST(linkat(AT_FDCWD, text, AT_FDCWD, "now", AT_SYMLINK_FOLLOW));
        CHECK(write(nameless, "!", 1) == 1, "write: %s", strerror(errno));
        int now = MUST(open("now", O_RDONLY));
        CHECK(read(now, text, sizeof text) == 9 && memcmp(text, "nameless!", 9) == 0,
              "the file with a new name is another");
    }
    if (named >= 0) {
        CHECK(pwrite(named, "N", 1, 0) == 1, "pwrite: %s", strerror(errno));
        int now = MUST(open("named", O_RDONLY));
        CHECK(read(now, text, sizeof text) == 5 && memcmp(text, "Named", 5) == 0,
              "the file that got a name is another");
    }

    const char *const files[] = {"file", "link", "fifo", "sub/made", "now", "named"};
    for (int i = 0; i < 6; i++)
        unlink(files[i]);
    rmdir("sub");
    MUST(chdir(".."));
    rmdir(directory);
    return guest_pass();
}
