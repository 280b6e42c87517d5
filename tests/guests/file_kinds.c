// Directories in the middle of a listing, and devices like /dev/null.
#include "guest.h"

#include <dirent.h>

enum { ENTRIES = 50 };

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char name[] = "listing.XXXXXX", path[128];
    CHECK(mkdtemp(name), "mkdtemp: %s", strerror(errno));
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "%s/%d", name, i);
        close(MUST(open(path, O_CREAT | O_WRONLY, 0600)));
    }
    DIR *listing = opendir(name);
    bool seen[ENTRIES] = {false};
    struct dirent *entry;
    int count = 0;
    while (count < ENTRIES / 2 && (entry = readdir(listing)))
        if (entry->d_name[0] != '.') {
            seen[atoi(entry->d_name)] = true;
            count++;
        }
    int directory = MUST(open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int null = MUST(open("/dev/null", O_RDWR)), zero = MUST(open("/dev/zero", O_RDONLY));
    int random = MUST(open("/dev/urandom", O_RDONLY)), full = MUST(open("/dev/full", O_WRONLY));
    int proc = MUST(open("/proc/self/status", O_RDONLY));
    int proc_dir = MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
    guest_ready();
    guest_wait();

    while ((entry = readdir(listing)))
        if (entry->d_name[0] != '.') {
            int number = atoi(entry->d_name);
            CHECK(!seen[number], "entry %d is listed twice", number);
            seen[number] = true;
            count++;
        }
    CHECK(count == ENTRIES, "%d of %d entries are listed", count, ENTRIES);
    closedir(listing);
    CHECK(faccessat(directory, "7", F_OK, 0) == 0, "the directory cannot be used: %s", strerror(errno));
    char bytes[64];
    memset(bytes, 1, sizeof bytes);
    CHECK(write(null, bytes, sizeof bytes) == sizeof bytes && read(null, bytes, 1) == 0, "/dev/null is not itself");
    CHECK(read(zero, bytes, sizeof bytes) == sizeof bytes && bytes[5] == 0, "/dev/zero is not itself");
    CHECK(read(random, bytes, sizeof bytes) == sizeof bytes, "/dev/urandom is not itself");
    CHECK(write(full, bytes, 1) < 0 && errno == ENOSPC, "/dev/full is not itself");
    CHECK(lseek(proc, 0, SEEK_SET) == 0 && read(proc, bytes, 5) == 5 && memcmp(bytes, "Name:", 5) == 0,
          "/proc/self/status is not itself");
    int stat_fd = openat(proc_dir, "stat", O_RDONLY);
    CHECK(stat_fd >= 0 && read(stat_fd, bytes, sizeof bytes - 1) > 0 && atoi(bytes) == getpid(),
          "the open /proc/self is another process");
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "%s/%d", name, i);
        unlink(path);
    }
    rmdir(name);
    return guest_pass();
}
