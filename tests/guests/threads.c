// 200 threads under mutexes, condition variables and thread-local storage.
#include "guest.h"

enum { THREADS = 200, GROUPS = 20, MEMBERS = THREADS / GROUPS };

// A ring in which a token goes round; each member waits for its turn on the condition variable.
struct ring {
    pthread_mutex_t mutex;
    pthread_cond_t turned;
    int turn;
    long passes;
};

static struct ring rings[GROUPS];
static pthread_key_t key;
static __thread uint64_t local_id;
static __thread long local_passes;
static __thread char local_block[4096];
static _Atomic int started;
static _Atomic long total;
static atomic_bool stop;

struct member {
    int id;
    pid_t tid;
    pthread_t self;
};

static struct member members[THREADS];

static void verify_identity(const struct member *member)
{
    CHECK(local_id == 0x1000u + member->id, "thread %d has the TLS of another", member->id);
    CHECK(pthread_getspecific(key) == member, "thread %d has the specific of another", member->id);
    CHECK(pthread_equal(pthread_self(), member->self), "thread %d has another pthread_self", member->id);
    CHECK(gettid() == member->tid, "thread %d has tid %d, had %d", member->id, gettid(), member->tid);
}

static void *run(void *argument)
{
    struct member *member = argument;
    struct ring *ring = &rings[member->id / MEMBERS];
    int seat = member->id % MEMBERS;
    member->tid = gettid();
    member->self = pthread_self();
    local_id = 0x1000u + member->id;
    pthread_setspecific(key, member);
    guest_pattern(local_block, sizeof local_block, member->id);
    started++;
    for (;;) {
        pthread_mutex_lock(&ring->mutex);
        while (ring->turn != seat && !stop)
            pthread_cond_wait(&ring->turned, &ring->mutex);
        if (stop) {
            pthread_mutex_unlock(&ring->mutex);
            break;
        }
        ring->turn = (seat + 1) % MEMBERS;
        ring->passes++;
        local_passes++;
        pthread_cond_broadcast(&ring->turned);
        pthread_mutex_unlock(&ring->mutex);
        verify_identity(member);
        usleep(1000);
    }
    CHECK(guest_check_pattern(local_block, sizeof local_block, member->id) < 0, "thread %d lost its TLS block",
          member->id);
    total += local_passes;
    return (void *)(intptr_t)(member->id * 3 + 1);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    pthread_key_create(&key, NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < GROUPS; i++) {
        pthread_mutex_init(&rings[i].mutex, NULL);
        pthread_cond_init(&rings[i].turned, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        members[i].id = i;
        threads[i] = guest_thread(run, &members[i]);
    }
    while (started < THREADS)
        usleep(1000);
    guest_ready();
    guest_wait();

    // Each ring must still turn.
    for (int i = 0; i < GROUPS; i++) {
        pthread_mutex_lock(&rings[i].mutex);
        long before = rings[i].passes;
        while (rings[i].passes < before + 2 * MEMBERS)
            pthread_cond_wait(&rings[i].turned, &rings[i].mutex);
        pthread_mutex_unlock(&rings[i].mutex);
    }
    stop = true;
    long passes = 0;
    for (int i = 0; i < GROUPS; i++) {
        pthread_mutex_lock(&rings[i].mutex);
        pthread_cond_broadcast(&rings[i].turned);
        pthread_mutex_unlock(&rings[i].mutex);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        int error = pthread_join(threads[i], &result);
        CHECK(error == 0, "pthread_join of thread %d: %s", i, strerror(error));
        CHECK((intptr_t)result == i * 3 + 1, "thread %d returned a wrong value", i);
    }
    for (int i = 0; i < GROUPS; i++)
        passes += rings[i].passes;
    CHECK(passes == total, "%ld passes of the rings, %ld of the threads", passes, (long)total);
    return guest_pass();
}
