// Numbered tokens through every kind of channel between forty processes, until the go file appears: every token arrives
// once and in its order. Further arguments name channels to leave out.
#include "family.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/socket.h>

enum { EACH = 2, RING = 64, BURST = 20, PAUSE_US = 5000 };
static const uint64_t END = UINT64_MAX;

typedef struct Channel Channel;
typedef struct {
    const char *name;
    void (*open)(Channel *channel);
    void (*send)(Channel *channel, uint64_t token);
    uint64_t (*receive)(Channel *channel);
} Kind;

// Both sides of a ring sleep on its counters; only the sender moves head, only the receiver tail.
typedef struct {
    _Atomic uint32_t head, tail;
    uint64_t tokens[RING];
} Ring;

typedef struct {
    _Atomic bool stop;
    _Atomic uint64_t sent[64];
} Shared;

struct Channel {
    const Kind *kind;
    int number, in, out;
    uint64_t next;
    Ring *ring;
};

static Shared *shared;

static void open_pipe(Channel *channel)
{
    int ends[2];
    MUST(pipe(ends));
    channel->in = ends[0];
    channel->out = ends[1];
}

static void open_fifo(Channel *channel)
{
    char path[400];
    snprintf(path, sizeof path, "%s.fifo%d", guest_go_path, channel->number);
    MUST(mkfifo(path, 0600));
    channel->in = MUST(open(path, O_RDONLY | O_NONBLOCK));
    channel->out = MUST(open(path, O_WRONLY));
    MUST(fcntl(channel->in, F_SETFL, 0));
}

static void open_pair(Channel *channel, int type)
{
    int ends[2];
    MUST(socketpair(AF_UNIX, type, 0, ends));
    channel->in = ends[0];
    channel->out = ends[1];
}

static void open_stream(Channel *channel) { open_pair(channel, SOCK_STREAM); }
static void open_datagram(Channel *channel) { open_pair(channel, SOCK_DGRAM); }
static void open_seqpacket(Channel *channel) { open_pair(channel, SOCK_SEQPACKET); }

static void open_tcp(Channel *channel)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(bind(listener, (struct sockaddr *)&address, size));
    MUST(getsockname(listener, (struct sockaddr *)&address, &size));
    MUST(listen(listener, 1));
    channel->out = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(channel->out, (struct sockaddr *)&address, size));
    channel->in = MUST(accept(listener, NULL, NULL));
    close(listener);
}

static void send_bytes(Channel *channel, uint64_t token)
{
    ssize_t count = write(channel->out, &token, sizeof token);
    CHECK(count == sizeof token, "%s %d: write of token %lu gives %zd: %s", channel->kind->name, channel->number, token,
          count, strerror(errno));
}

static uint64_t receive_bytes(Channel *channel)
{
    uint64_t token;
    for (size_t got = 0; got < sizeof token;) {
        ssize_t count = read(channel->in, (char *)&token + got, sizeof token - got);
        CHECK(count > 0, "%s %d: read after token %lu gives %zd: %s", channel->kind->name, channel->number, channel->next,
              count, strerror(errno));
        got += count;
    }
    return token;
}

static void open_ring(Channel *channel)
{
    channel->ring = mmap(NULL, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(channel->ring != MAP_FAILED, "mmap: %s", strerror(errno));
}

static void await(_Atomic uint32_t *word, uint32_t value)
{
    while (*word == value)
        CHECK(syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0) == 0 || errno == EAGAIN, "futex: %s",
              strerror(errno));
}

static void wake(_Atomic uint32_t *word)
{
    MUST(syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
}

static void send_ring(Channel *channel, uint64_t token)
{
    Ring *ring = channel->ring;
    await(&ring->tail, ring->head - RING);
    ring->tokens[ring->head % RING] = token;
    ring->head++;
    wake(&ring->head);
}

static uint64_t receive_ring(Channel *channel)
{
    Ring *ring = channel->ring;
    await(&ring->head, ring->tail);
    uint64_t token = ring->tokens[ring->tail % RING];
    ring->tail++;
    wake(&ring->tail);
    return token;
}

static void open_sysv(Channel *channel)
{
    channel->in = channel->out = MUST(msgget(IPC_PRIVATE, 0600));
}

static void send_sysv(Channel *channel, uint64_t token)
{
    struct {
        long type;
        uint64_t token;
    } message = {1, token};
    MUST(msgsnd(channel->out, &message, sizeof token, 0));
}

static uint64_t receive_sysv(Channel *channel)
{
    struct {
        long type;
        uint64_t token;
    } message;
    CHECK(msgrcv(channel->in, &message, sizeof message.token, 0, 0) == sizeof message.token, "msgrcv: %s",
          strerror(errno));
    if (message.token == END)
        MUST(msgctl(channel->in, IPC_RMID, NULL));
    return message.token;
}

static void open_posix(Channel *channel)
{
    char name[64];
    snprintf(name, sizeof name, "/tokens-%d-%d", getpid(), channel->number);
    struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = sizeof(uint64_t)};
    channel->in = channel->out = MUST(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes));
    MUST(mq_unlink(name));
}

static void send_posix(Channel *channel, uint64_t token)
{
    MUST(mq_send(channel->out, (const char *)&token, sizeof token, 0));
}

static uint64_t receive_posix(Channel *channel)
{
    uint64_t token;
    CHECK(mq_receive(channel->in, (char *)&token, sizeof token, NULL) == sizeof token, "mq_receive: %s",
          strerror(errno));
    return token;
}

// One kind has no room for numbers: it counts, and a larger step ends it.
static const uint64_t LAST_STEP = 1ull << 40;

static void open_counter(Channel *channel)
{
    channel->in = channel->out = MUST(eventfd(0, 0));
}

static void send_counter(Channel *channel, uint64_t token)
{
    uint64_t step = token == END ? LAST_STEP : 1;
    CHECK(write(channel->out, &step, sizeof step) == sizeof step, "write: %s", strerror(errno));
}

static uint64_t receive_counter(Channel *channel)
{
    static uint64_t known; // read, and not yet passed on
    if (known == 0)
        CHECK(read(channel->in, &known, sizeof known) == sizeof known, "read: %s", strerror(errno));
    if (known == LAST_STEP)
        return END;
    known--;
    return channel->next;
}

static const Kind kinds[] = {
    {"pipe", open_pipe, send_bytes, receive_bytes},
    {"fifo", open_fifo, send_bytes, receive_bytes},
    {"stream", open_stream, send_bytes, receive_bytes},
    {"datagram", open_datagram, send_bytes, receive_bytes},
    {"seqpacket", open_seqpacket, send_bytes, receive_bytes},
    {"tcp", open_tcp, send_bytes, receive_bytes},
    {"ring", open_ring, send_ring, receive_ring},
    {"sysv", open_sysv, send_sysv, receive_sysv},
    {"mqueue", open_posix, send_posix, receive_posix},
    {"eventfd", open_counter, send_counter, receive_counter},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static _Noreturn void sender(Channel *channel)
{
    unsigned seed = channel->number;
    family_member_ready();
    for (uint64_t token = 0;; token++) {
        if (shared->stop) {
            shared->sent[channel->number] = token;
            channel->kind->send(channel, END);
            _exit(0);
        }
        channel->kind->send(channel, token);
        if (rand_r(&seed) % BURST == 0)
            usleep(rand_r(&seed) % PAUSE_US);
    }
}

static _Noreturn void receiver(Channel *channel)
{
    unsigned seed = 1000 + channel->number;
    family_member_ready();
    for (channel->next = 0;; channel->next++) {
        uint64_t token = channel->kind->receive(channel);
        if (token == END)
            break;
        CHECK(token == channel->next, "%s %d: token %lu instead of %lu", channel->kind->name, channel->number, token,
              channel->next);
        if (rand_r(&seed) % BURST == 0)
            usleep(rand_r(&seed) % PAUSE_US);
    }
    CHECK(channel->next == shared->sent[channel->number], "%s %d: %lu tokens of %lu arrived", channel->kind->name,
          channel->number, channel->next, shared->sent[channel->number]);
    CHECK(channel->next > 0, "%s %d: nothing was sent", channel->kind->name, channel->number);
    _exit(0);
}

static bool is_left_out(const char *name, char **names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED, "mmap: %s", strerror(errno));
    pid_t pids[KINDS * EACH * 2];
    int processes = 0;
    for (int i = 0; i < KINDS * EACH; i++) {
        Channel channel = {.kind = &kinds[i / EACH], .number = i, .in = -1, .out = -1};
        if (is_left_out(channel.kind->name, argv + 2))
            continue;
        channel.kind->open(&channel);
        for (int side = 0; side < 2; side++) {
            pids[processes] = family_fork();
            if (pids[processes++] == 0)
                (side == 0 ? sender : receiver)(&channel);
        }
    }
    family_ready(processes);
    shared->stop = true;
    for (int i = 0; i < processes; i++)
        family_reap(pids[i], 0);
    return guest_pass();
}
