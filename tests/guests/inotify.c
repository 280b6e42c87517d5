// inotify: watch descriptors keep their numbers, also behind holes; what happens afterwards is noticed, under the path
// given relative to a directory that is not the current one any more.
#include "guest.h"

#include <sys/inotify.h>

static char buffer[65536] __attribute__((aligned(8)));

// Reads all events; the mask of those of this watch and name (NULL: any).
static uint32_t seen(ssize_t size, int watch, const char *name)
{
    uint32_t mask = 0;
    for (char *at = buffer; at < buffer + size;) {
        struct inotify_event *event = (struct inotify_event *)at;
        if (event->wd == watch && (!name || (event->len && strcmp(event->name, name) == 0)))
            mask |= event->mask;
        at += sizeof *event + event->len;
    }
    return mask;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char directory[] = "inotify.XXXXXX", path[128], file[128], gone[128], link[128];
    CHECK(mkdtemp(directory), "mkdtemp: %s", strerror(errno));
    snprintf(file, sizeof file, "%s/file", directory);
    snprintf(gone, sizeof gone, "%s/gone", directory);
    snprintf(link, sizeof link, "%s/link", directory);
    snprintf(path, sizeof path, "%s/new", directory);
    close(MUST(open(file, O_CREAT | O_WRONLY, 0600)));
    close(MUST(open(gone, O_CREAT | O_WRONLY, 0600)));
    MUST(symlink("file", link));

    int notify = MUST(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    int first = MUST(inotify_add_watch(notify, directory, IN_CREATE | IN_DELETE | IN_EXCL_UNLINK));
    for (int i = 0; i < 40; i++)
        MUST(inotify_rm_watch(notify, MUST(inotify_add_watch(notify, file, IN_MODIFY))));
    int of_file = MUST(inotify_add_watch(notify, file, IN_MODIFY | IN_ATTRIB));
    int of_link = MUST(inotify_add_watch(notify, link, IN_ATTRIB | IN_DONT_FOLLOW));
    int of_gone = MUST(inotify_add_watch(notify, gone, IN_DELETE_SELF | IN_ONESHOT));
    CHECK(of_file > first + 10 && of_link > of_file && of_gone > of_link, "watches %d %d %d", first, of_file, of_gone);
    while (read(notify, buffer, sizeof buffer) > 0) // the ends of the forty
        ;
    MUST(chdir(directory)); // the paths were relative

    guest_ready();
    guest_wait();

    CHECK(fcntl(notify, F_GETFD) == FD_CLOEXEC && (fcntl(notify, F_GETFL) & O_NONBLOCK), "the flags are lost");
    ssize_t size = read(notify, buffer, sizeof buffer);
    CHECK(size < 0 && errno == EAGAIN, "%zd bytes of events before anything happened", size);
    int fd = MUST(open("new", O_CREAT | O_WRONLY, 0600));
    close(fd);
    fd = MUST(open("file", O_WRONLY));
    CHECK(write(fd, "x", 1) == 1, "write: %s", strerror(errno));
    close(fd);
    MUST(unlink("gone"));
    size = read(notify, buffer, sizeof buffer);
    CHECK(size > 0, "nothing was noticed: %s", strerror(errno));
    CHECK(seen(size, first, "new") == IN_CREATE, "the new file was not noticed");
    CHECK(seen(size, of_file, NULL) == IN_MODIFY, "the write was not noticed (mask %x)", seen(size, of_file, NULL));
    CHECK(seen(size, of_gone, NULL) == (IN_DELETE_SELF | IN_IGNORED), "the end of a file gives %x",
          seen(size, of_gone, NULL));
    int fresh = MUST(inotify_add_watch(notify, "new", IN_ATTRIB));
    CHECK(fresh > of_gone, "the new watch has the number %d, used before", fresh);
    CHECK(inotify_add_watch(notify, "file", IN_MODIFY) == of_file, "the watched file has another number now");
    MUST(inotify_rm_watch(notify, of_link));

    unlink("new");
    unlink("link");
    unlink("file");
    MUST(chdir(".."));
    rmdir(directory);
    return guest_pass();
}
