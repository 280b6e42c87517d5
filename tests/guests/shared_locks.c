// Process-shared synchronisation in shared memory: semaphore, mutex, condition, barrier, read-write lock, robust mutex
// with an owner that dies afterwards, a bare futex; each with a process that waits on it.
#include "family.h"

#include <limits.h>
#include <linux/futex.h>
#include <semaphore.h>

typedef struct {
    sem_t semaphore;
    pthread_mutex_t mutex, robust, guard;
    pthread_cond_t condition;
    pthread_barrier_t barrier;
    pthread_rwlock_t lock;
    _Atomic int word, told;
    int under_mutex;
} Shared;

static Shared *shared;

static void wait_semaphore(void)
{
    CHECK(sem_wait(&shared->semaphore) == 0, "sem_wait: %s", strerror(errno));
}

static void wait_mutex(void)
{
    CHECK(pthread_mutex_lock(&shared->mutex) == 0, "pthread_mutex_lock");
    CHECK(shared->under_mutex == 5, "the mutex protects nothing");
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0, "pthread_mutex_unlock");
}

static void wait_condition(void)
{
    CHECK(pthread_mutex_lock(&shared->guard) == 0, "pthread_mutex_lock");
    while (!shared->told)
        CHECK(pthread_cond_wait(&shared->condition, &shared->guard) == 0, "pthread_cond_wait");
    CHECK(pthread_mutex_unlock(&shared->guard) == 0, "pthread_mutex_unlock");
}

static void wait_barrier(void)
{
    int result = pthread_barrier_wait(&shared->barrier);
    CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD, "pthread_barrier_wait: %d", result);
}

static void wait_lock(void)
{
    CHECK(pthread_rwlock_rdlock(&shared->lock) == 0, "pthread_rwlock_rdlock");
    CHECK(pthread_rwlock_unlock(&shared->lock) == 0, "pthread_rwlock_unlock");
}

static void wait_robust(void)
{
    int error = pthread_mutex_lock(&shared->robust);
    CHECK(error == EOWNERDEAD, "the lock of a mutex whose owner died: %s", strerror(error));
    CHECK(pthread_mutex_consistent(&shared->robust) == 0, "pthread_mutex_consistent");
    CHECK(pthread_mutex_unlock(&shared->robust) == 0, "pthread_mutex_unlock");
}

static void wait_futex(void)
{
    while (shared->word == 0)
        CHECK(syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 || errno == EAGAIN, "futex: %s",
              strerror(errno));
}

static void own_robust(void)
{
    family_member_go();
    // Dies with the mutex.
    kill(getpid(), SIGKILL);
}

static pid_t start(void (*wait)(void))
{
    pid_t pid = family_fork();
    if (pid == 0) {
        if (wait == own_robust)
            CHECK(pthread_mutex_lock(&shared->robust) == 0, "pthread_mutex_lock");
        family_member_ready();
        wait();
        _exit(0);
    }
    return pid;
}

static void init(void)
{
    pthread_mutexattr_t mutex, robust;
    pthread_condattr_t condition;
    pthread_barrierattr_t barrier;
    pthread_rwlockattr_t lock;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_rwlockattr_init(&lock);
    pthread_rwlockattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
    MUST(sem_init(&shared->semaphore, 1, 0));
    pthread_mutex_init(&shared->mutex, &mutex);
    pthread_mutex_init(&shared->guard, &mutex);
    pthread_mutex_init(&shared->robust, &robust);
    pthread_cond_init(&shared->condition, &condition);
    pthread_barrier_init(&shared->barrier, &barrier, 4);
    pthread_rwlock_init(&shared->lock, &lock);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED, "mmap: %s", strerror(errno));
    init();
    pthread_mutex_lock(&shared->mutex);
    pthread_rwlock_wrlock(&shared->lock);
    pid_t owner = start(own_robust);
    usleep(10000);
    while (pthread_mutex_trylock(&shared->robust) == 0) { // it has not locked it yet
        pthread_mutex_unlock(&shared->robust);
        usleep(10000);
    }
    void (*const waits[])(void) = {wait_semaphore, wait_mutex, wait_condition, wait_condition, wait_barrier, wait_barrier,
                                   wait_barrier,   wait_lock,  wait_lock,      wait_robust,    wait_futex,   wait_futex};
    enum { WAITERS = sizeof waits / sizeof *waits };
    pid_t pids[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        pids[i] = start(waits[i]);
    for (int i = 0; i < WAITERS; i++)
        family_wait_asleep(pids[i]);
    family_ready(WAITERS + 1);
    CHECK(waitpid(-1, NULL, WNOHANG) == 0, "one did not wait");
    family_go();
    family_reap(owner, SIGKILL);
    MUST(sem_post(&shared->semaphore));
    shared->under_mutex = 5;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0, "pthread_mutex_unlock");
    pthread_mutex_lock(&shared->guard);
    shared->told = 1;
    CHECK(pthread_cond_broadcast(&shared->condition) == 0, "pthread_cond_broadcast");
    pthread_mutex_unlock(&shared->guard);
    wait_barrier();
    CHECK(pthread_rwlock_unlock(&shared->lock) == 0, "pthread_rwlock_unlock");
    shared->word = 1;
    MUST(syscall(SYS_futex, &shared->word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < WAITERS; i++)
        family_reap(pids[i], 0);
    return guest_pass();
}
