// System V message queues: ids, keys, messages in order and by type, a full queue, an empty one.
#include "guest.h"

#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
    long type;
    char text[4096];
};

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    key_t key = 0x49000000 + getpid();
    while (msgget(key, 0) >= 0 || errno != ENOENT) // what a killed process with this number has left
        key += 0x10000;
    int skipped = MUST(msgget(IPC_PRIVATE, 0600));
    int queue = MUST(msgget(key, IPC_CREAT | IPC_EXCL | 0660)), full = MUST(msgget(IPC_PRIVATE, 0600));
    int empty = MUST(msgget(IPC_PRIVATE, 0600));
    MUST(msgctl(skipped, IPC_RMID, NULL));
    struct message m;
    for (long i = 1; i <= 20; i++) {
        m.type = i % 3 + 1;
        guest_pattern(m.text, i * 17, i);
        MUST(msgsnd(queue, &m, i == 7 ? 0 : i * 17, 0));
    }
    m.type = 9;
    while (msgsnd(full, &m, sizeof m.text, IPC_NOWAIT) == 0)
        ;
    CHECK(errno == EAGAIN, "msgsnd: %s", strerror(errno));
    struct msqid_ds before, status;
    MUST(msgctl(full, IPC_STAT, &before));
    guest_ready();
    guest_wait();

    CHECK(msgget(key, 0) == queue, "the key leads to %d, was %d", msgget(key, 0), queue);
    MUST(msgctl(queue, IPC_STAT, &status));
    CHECK(status.msg_qnum == 20 && (status.msg_perm.mode & 0777) == 0660, "%lu messages, mode %o", status.msg_qnum,
          status.msg_perm.mode);
    MUST(msgctl(full, IPC_STAT, &status));
    CHECK(status.msg_qnum == before.msg_qnum && status.msg_qbytes == before.msg_qbytes, "%lu messages of %lu",
          status.msg_qnum, before.msg_qnum);
    CHECK(msgsnd(full, &m, sizeof m.text, IPC_NOWAIT) < 0 && errno == EAGAIN, "the full queue has room");
    CHECK(msgrcv(queue, &m, sizeof m.text, 3, IPC_NOWAIT) == 2 * 17 && guest_check_pattern(m.text, 2 * 17, 2) < 0,
          "the first of type 3 is another");
    for (long i = 1; i <= 20; i++) {
        if (i == 2)
            continue;
        ssize_t size = msgrcv(queue, &m, sizeof m.text, 0, IPC_NOWAIT), right = i == 7 ? 0 : i * 17;
        CHECK(size == right && m.type == i % 3 + 1 && guest_check_pattern(m.text, size, i) < 0,
              "message %ld has type %ld and %zd bytes", i, m.type, size);
    }
    CHECK(msgrcv(empty, &m, sizeof m.text, 0, IPC_NOWAIT) < 0 && errno == ENOMSG, "the empty queue has a message");
    MUST(msgctl(queue, IPC_RMID, NULL));
    MUST(msgctl(full, IPC_RMID, NULL));
    MUST(msgctl(empty, IPC_RMID, NULL));
    return guest_pass();
}
