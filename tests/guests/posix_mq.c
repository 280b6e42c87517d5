// POSIX message queues: messages with priorities, attributes, a full queue, a removed one, an empty one.
#include "guest.h"

#include <mqueue.h>

static mqd_t make(const char *name, int flags, long maximum)
{
    struct mq_attr attributes = {.mq_maxmsg = maximum, .mq_msgsize = 600};
    return MUST(mq_open(name, O_CREAT | O_EXCL | flags, 0620, &attributes));
}

static void expect(mqd_t queue, char letter, unsigned priority)
{
    char text[600];
    unsigned found;
    ssize_t size = mq_receive(queue, text, sizeof text, &found);
    CHECK(size == 300 && text[0] == letter && text[299] == letter && found == priority,
          "%zd bytes %c priority %u, not %c %u (%s)", size, text[0], found, letter, priority, strerror(errno));
}

static void put(mqd_t queue, char letter, unsigned priority)
{
    char text[300];
    memset(text, letter, sizeof text);
    MUST(mq_send(queue, text, sizeof text, priority));
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char name[64], full_name[64], gone_name[64], quiet_name[64];
    snprintf(name, sizeof name, "/guest-a-%d", getpid());
    snprintf(full_name, sizeof full_name, "/guest-b-%d", getpid());
    snprintf(gone_name, sizeof gone_name, "/guest-c-%d", getpid());
    snprintf(quiet_name, sizeof quiet_name, "/guest-d-%d", getpid());
    mqd_t queue = make(name, O_RDWR | O_NONBLOCK, 8), full = make(full_name, O_RDWR, 1);
    mqd_t gone = make(gone_name, O_RDWR | O_NONBLOCK, 3), quiet = make(quiet_name, O_RDWR | O_NONBLOCK, 2);
    mqd_t reader = MUST(mq_open(name, O_RDONLY));
    put(queue, 'a', 1);
    put(queue, 'b', 5);
    put(queue, 'c', 1);
    put(queue, 'd', 0);
    put(queue, 'e', 5);
    MUST(mq_send(queue, "", 0, 0));
    put(full, 'f', 3);
    put(gone, 'g', 2);
    MUST(mq_unlink(gone_name));
    guest_ready();
    guest_wait();

    struct mq_attr attributes;
    MUST(mq_getattr(queue, &attributes));
    CHECK(attributes.mq_maxmsg == 8 && attributes.mq_msgsize == 600 && attributes.mq_curmsgs == 6 &&
              attributes.mq_flags == O_NONBLOCK,
          "%ld of %ld messages of %ld bytes, flags %lx", attributes.mq_curmsgs, attributes.mq_maxmsg,
          attributes.mq_msgsize, attributes.mq_flags);
    MUST(mq_getattr(reader, &attributes));
    CHECK(attributes.mq_flags == 0, "O_NONBLOCK was not set");
    expect(reader, 'b', 5);
    expect(queue, 'e', 5);
    expect(queue, 'a', 1);
    expect(reader, 'c', 1);
    expect(queue, 'd', 0);
    char text[600];
    CHECK(mq_receive(queue, text, sizeof text, NULL) == 0, "the empty message is lost");
    CHECK(mq_receive(queue, text, sizeof text, NULL) < 0 && errno == EAGAIN, "there is more: %s", strerror(errno));
    struct timespec now = {0, 0};
    CHECK(mq_timedsend(full, "x", 1, 0, &now) < 0 && errno == ETIMEDOUT, "the full queue has room: %s",
          strerror(errno));
    expect(gone, 'g', 2);
    CHECK(mq_open(gone_name, O_RDONLY) == -1 && errno == ENOENT, "the removed queue has a name");
    struct stat status;
    MUST(fstat(full, &status));
    CHECK((status.st_mode & 0777) == 0620 || (status.st_mode & 0777) == 0600, "mode %o", status.st_mode);
    mqd_t again = MUST(mq_open(full_name, O_RDWR));
    expect(again, 'f', 3);

    put(again, 'n', 0);
    expect(full, 'n', 0);
    CHECK(mq_receive(quiet, text, sizeof text, NULL) < 0 && errno == EAGAIN, "the empty queue has a message");
    mq_unlink(name);
    mq_unlink(full_name);
    mq_unlink(quiet_name);
    return guest_pass();
}
