// A robust mutex whose owner dies after the restart is handed on with EOWNERDEAD.
#include "guest.h"

static pthread_mutex_t *mutex;
static atomic_int locked;

static void *owner(void *unused)
{
    (void)unused;
    CHECK(pthread_mutex_lock(mutex) == 0, "lock failed");
    locked = 1;
    guest_wait();
    return NULL; // dies as the owner
}

static void check_list(void)
{
    void *head = NULL;
    size_t size = 0;
    CHECK(syscall(SYS_get_robust_list, 0, &head, &size) == 0 && head && size, "no robust list is registered");
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    mutex = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(mutex, &attributes);
    pthread_t thread = guest_thread(owner, NULL);
    while (!locked)
        usleep(1000);
    check_list();
    guest_ready();
    guest_wait();
    check_list();
    pthread_join(thread, NULL);
    int error = pthread_mutex_lock(mutex);
    CHECK(error == EOWNERDEAD, "locking gives '%s' instead of EOWNERDEAD", strerror(error));
    CHECK(pthread_mutex_consistent(mutex) == 0 && pthread_mutex_unlock(mutex) == 0, "the mutex cannot be repaired");
    return guest_pass();
}
