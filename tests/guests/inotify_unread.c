// inotify with unread events: they are still there after a checkpoint; after a restart the program is told that it
// missed some, as inotify(7) has it: IN_Q_OVERFLOW.
#include "guest.h"

#include <sys/inotify.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char name[] = "unread.XXXXXX";
    int notify = MUST(inotify_init1(IN_NONBLOCK)), watch = MUST(inotify_add_watch(notify, ".", IN_CREATE));
    close(MUST(mkstemp(name)));
    guest_ready();
    guest_wait();
    char buffer[8192] __attribute__((aligned(8)));
    ssize_t size = read(notify, buffer, sizeof buffer);
    CHECK(size >= (ssize_t)sizeof(struct inotify_event), "no event: %s", strerror(errno));
    struct inotify_event *event = (struct inotify_event *)buffer;
    CHECK(event->mask == IN_Q_OVERFLOW ? event->wd == -1 && size == sizeof *event
                                       : event->wd == watch && event->mask == IN_CREATE,
          "%zd bytes, first event: watch %d, mask %x", size, event->wd, event->mask);
    CHECK(read(notify, buffer, sizeof buffer) < 0 && errno == EAGAIN, "there is more");
    unlink(name);
    char again[] = "again.XXXXXX";
    close(MUST(mkstemp(again)));
    unlink(again);
    size = read(notify, buffer, sizeof buffer);
    CHECK(size > 0 && event->wd == watch && strcmp(event->name, again) == 0, "the watch is lost");
    return guest_pass();
}
