// Waiting for other threads: futexes, mutexes, condition variables, semaphores, barriers, joins.
#include "blocking.h"

#include <linux/futex.h>
#include <semaphore.h>

static uint32_t word = 1, bitset_word = 1, free_word = 1;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, timed_held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutexes[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t never = PTHREAD_COND_INITIALIZER, later = PTHREAD_COND_INITIALIZER, clocked;
static bool happened;
static sem_t empty, posted;
static pthread_barrier_t barrier;
static pthread_t sleeper;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static struct timespec deadline(clockid_t clock)
{
    struct timespec end;
    clock_gettime(clock, &end);
    end.tv_sec += GUEST_CALL_SECONDS;
    return end;
}

static long futex_relative(void)
{
    return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &(struct timespec){GUEST_CALL_SECONDS, 0}, NULL, 0);
}
static long futex_absolute(void)
{
    struct timespec end = deadline(CLOCK_MONOTONIC);
    return syscall(SYS_futex, &bitset_word, FUTEX_WAIT_BITSET_PRIVATE, 1, &end, NULL, FUTEX_BITSET_MATCH_ANY);
}
static long futex_endless(void)
{
    long result;
    do // spurious wake-ups are allowed, EINTR is not
        result = syscall(SYS_futex, &free_word, FUTEX_WAIT, 1, NULL, NULL, 0);
    while (result == 0 && __atomic_load_n(&free_word, __ATOMIC_SEQ_CST) == 1);
    return result < 0 && errno == EAGAIN ? 0 : result;
}
static void futex_release(void)
{
    __atomic_store_n(&free_word, 0, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &free_word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static long mutex_endless(void)
{
    int error = pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
    return error;
}
static void mutex_release(void) { pthread_mutex_unlock(&held); }
static long mutex_limited(void)
{
    struct timespec end = deadline(CLOCK_REALTIME);
    return pthread_mutex_timedlock(&timed_held, &end);
}

static long cond_limited(void)
{
    struct timespec end = deadline(CLOCK_REALTIME);
    pthread_mutex_lock(&mutexes[0]);
    int error;
    while ((error = pthread_cond_timedwait(&never, &mutexes[0], &end)) == 0)
        ;
    pthread_mutex_unlock(&mutexes[0]);
    return error;
}
static long cond_clocked(void)
{
    struct timespec end = deadline(CLOCK_MONOTONIC);
    pthread_mutex_lock(&mutexes[1]);
    int error;
    while ((error = pthread_cond_timedwait(&clocked, &mutexes[1], &end)) == 0)
        ;
    pthread_mutex_unlock(&mutexes[1]);
    return error;
}
static long cond_endless(void)
{
    pthread_mutex_lock(&mutexes[2]);
    int error = 0;
    while (!happened && error == 0)
        error = pthread_cond_wait(&later, &mutexes[2]);
    pthread_mutex_unlock(&mutexes[2]);
    return error;
}
static void cond_release(void)
{
    pthread_mutex_lock(&mutexes[2]);
    happened = true;
    pthread_cond_signal(&later);
    pthread_mutex_unlock(&mutexes[2]);
}

static long sem_limited(void)
{
    struct timespec end = deadline(CLOCK_REALTIME);
    return sem_timedwait(&empty, &end);
}
static long sem_endless(void) { return sem_wait(&posted); }
static void sem_release(void) { sem_post(&posted); }

static long barrier_endless(void)
{
    int result = pthread_barrier_wait(&barrier);
    return result == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : result;
}
static void barrier_release(void) { pthread_barrier_wait(&barrier); }

static void *sleep_once(void *unused)
{
    (void)unused;
    sleep(GUEST_CALL_SECONDS);
    return (void *)42;
}
static long join_limited(void)
{
    void *result;
    int error = pthread_join(sleeper, &result);
    CHECK(error == 0, "pthread_join: %s", strerror(error));
    return (long)result;
}

static long rwlock_endless(void)
{
    int error = pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    return error;
}
static void rwlock_release(void) { pthread_rwlock_unlock(&lock); }

int main(int argc, char **argv)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&clocked, &attributes);
    pthread_mutex_lock(&held);
    pthread_mutex_lock(&timed_held);
    pthread_rwlock_wrlock(&lock);
    sem_init(&empty, 0, 0);
    sem_init(&posted, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    sleeper = guest_thread(sleep_once, NULL);
    double limit = GUEST_CALL_SECONDS;
    struct blocking_call calls[] = {
        {.name = "futex", .call = futex_relative, .seconds = limit, .expected = -1, .expected_errno = ETIMEDOUT},
        {.name = "futex until", .call = futex_absolute, .seconds = limit, .expected = -1, .expected_errno = ETIMEDOUT},
        {.name = "endless futex", .call = futex_endless, .release = futex_release},
        {.name = "pthread_mutex_lock", .call = mutex_endless, .release = mutex_release},
        {.name = "pthread_mutex_timedlock", .call = mutex_limited, .seconds = limit, .realtime = true, .expected = ETIMEDOUT},
        {.name = "pthread_cond_timedwait", .call = cond_limited, .seconds = limit, .realtime = true, .expected = ETIMEDOUT},
        {.name = "pthread_cond_timedwait MONOTONIC", .call = cond_clocked, .seconds = limit, .expected = ETIMEDOUT},
        {.name = "pthread_cond_wait", .call = cond_endless, .release = cond_release},
        {.name = "sem_timedwait", .call = sem_limited, .seconds = limit, .realtime = true, .expected = -1, .expected_errno = ETIMEDOUT},
        {.name = "sem_wait", .call = sem_endless, .release = sem_release},
        {.name = "pthread_barrier_wait", .call = barrier_endless, .release = barrier_release},
        {.name = "pthread_join", .call = join_limited, .seconds = limit - 0.5, .expected = 42},
        {.name = "pthread_rwlock_rdlock", .call = rwlock_endless, .release = rwlock_release},
    };
    return blocking_main(argc, argv, calls, sizeof calls / sizeof calls[0]);
}
