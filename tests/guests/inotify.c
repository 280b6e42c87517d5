// Watches on files and directories.
#include "guest.h"

#include <sys/inotify.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int notify = MUST(inotify_init1(IN_NONBLOCK));
    int watch = MUST(inotify_add_watch(notify, ".", IN_CREATE));
    guest_ready();
    guest_wait();
    char name[] = "noticed.XXXXXX";
    close(MUST(mkstemp(name)));
    unlink(name);
    char buffer[4096] __attribute__((aligned(8)));
    ssize_t size = read(notify, buffer, sizeof buffer);
    CHECK(size > 0, "inotify: %s", strerror(errno));
    // Earlier events may come first, from other programs in this directory.
    bool noticed = false;
    for (char *at = buffer; at < buffer + size;) {
        struct inotify_event *event = (struct inotify_event *)at;
        noticed |= event->wd == watch && strcmp(event->name, name) == 0;
        at += sizeof *event + event->len;
    }
    CHECK(noticed, "the new file was not noticed");
    return guest_pass();
}
