// State inside the C library: locale, random numbers, errno, cancellation, exit handlers, errno of threads.
#include "guest.h"

#include <locale.h>
#include <signal.h>
#include <sys/random.h>
#include <wchar.h>

static int order[3], entered;
static void first(void) { order[entered++] = 1; }
static void second(void) { order[entered++] = 2; }
static void last(void)
{
    // Runs after the others; the verdict has been printed, so only the exit status can tell.
    if (entered != 2 || order[0] != 2 || order[1] != 1)
        _exit(3);
}

static void cleanup(void *argument) { *(int *)argument = 1; }
static int cleaned;

static void *cancelled(void *unused)
{
    (void)unused;
    pthread_cleanup_push(cleanup, &cleaned);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return NULL;
}

static atomic_int set;
static void *errno_keeper(void *unused)
{
    (void)unused;
    errno = EXDEV;
    set = 1;
    while (access(guest_go_path, F_OK) != 0) {
        CHECK(errno == ENOENT, "errno is %d after a failed access", errno);
        errno = EXDEV;
        for (volatile int i = 0; i < 100000; i++)
            ;
        CHECK(errno == EXDEV, "errno changed to %d by itself", errno);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    atexit(last);
    atexit(first);
    atexit(second);
    CHECK(setlocale(LC_ALL, "C.UTF-8"), "no locale C.UTF-8");
    srandom(12345);
    long expected[8];
    for (int i = 0; i < 8; i++)
        expected[i] = random();
    srandom(12345);
    for (int i = 0; i < 4; i++)
        random();
    pthread_t victim = guest_thread(cancelled, NULL), keeper = guest_thread(errno_keeper, NULL);
    while (!set)
        usleep(1000);
    guest_ready();
    guest_wait();
    for (int i = 4; i < 8; i++)
        CHECK(random() == expected[i], "the random sequence is broken");
    CHECK(strcmp(setlocale(LC_ALL, NULL), "C.UTF-8") == 0, "the locale is %s", setlocale(LC_ALL, NULL));
    wchar_t wide[8];
    CHECK(mbstowcs(wide, "\xc3\xa4", 8) == 1 && wide[0] == 0xe4, "multibyte characters are broken");
    pthread_cancel(victim);
    void *result;
    pthread_join(victim, &result);
    CHECK(result == PTHREAD_CANCELED && cleaned == 1, "cancellation does not work");
    pthread_join(keeper, NULL);
    return guest_pass();
}
