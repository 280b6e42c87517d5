// A program that uses interpose.h: it asks for a checkpoint itself and learns in which life it is, leaves out memory, delays
// checkpoints and is called back. Alone it finds that nothing is done.
#include "guest.h"

#include <sys/eventfd.h>

#include "interpose.h"

enum { SCRATCH = 64 << 20, KEPT = 1 << 20 };

static _Atomic int before, resumed, restarted;

static void on_before(void *argument) { atomic_fetch_add((_Atomic int *)argument, 1); }

// A pipe that no picture holds: each time a new one, which says how often that was.
static int open_pipe(int fd, void *count)
{
    int ends[2];
    MUST(pipe2(ends, O_CLOEXEC));
    int number = atomic_fetch_add((_Atomic int *)count, 1) + 1;
    CHECK(write(ends[1], &number, sizeof number) == sizeof number, "write: %s", strerror(errno));
    close(ends[1]);
    struct stat status;
    MUST(fstat(fd, &status));
    CHECK(S_ISCHR(status.st_mode), "fd %d is not closed before", fd);
    return ends[0];
}

static void *delay(void *stop)
{
    while (!atomic_load((_Atomic int *)stop)) {
        int result = interpose_delay();
        CHECK(result == interpose_running(), "interpose_delay: %d", result);
        CHECK(interpose_delay() == result, "it does not nest");
        int seen = before;
        usleep(2000);
        CHECK(before == seen, "a checkpoint came between delay and allow");
        CHECK(interpose_allow() == result && interpose_allow() == result, "interpose_allow");
        usleep(1000);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    static _Atomic int stop;
    int running = interpose_running();
    unsigned char *scratch = mmap(NULL, SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *kept = malloc(KEPT);
    uint64_t seed = 88172645463325252ull;
    for (int i = 0; i < SCRATCH; i += 8) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        memcpy(scratch + i, &seed, 8);
    }
    memcpy(kept, scratch, KEPT);
    CHECK(interpose_exclude_memory(scratch, SCRATCH / 2) == running, "interpose_exclude_memory");
    CHECK(interpose_exclude_memory(scratch + SCRATCH / 2, SCRATCH / 2) == running, "interpose_exclude_memory");
    CHECK(interpose_include_memory(scratch + SCRATCH / 2) == running, "interpose_include_memory");
    if (running) {
        CHECK(interpose_include_memory(kept) == -ENOENT, "what was never left out");
        CHECK(interpose_allow() == -EINVAL, "allow without delay");
        interpose_delay();
        CHECK(interpose_checkpoint() == -EDEADLK, "a checkpoint of one who delays it");
        interpose_allow();
    }
    CHECK(interpose_on(INTERPOSE_BEFORE_CHECKPOINT, on_before, &before) == running, "interpose_on");
    CHECK(interpose_on(INTERPOSE_AFTER_RESUME, on_before, &resumed) == running, "interpose_on");
    CHECK(interpose_on(INTERPOSE_AFTER_RESTART, on_before, &restarted) == running, "interpose_on");
    static _Atomic int opened;
    int reopened = MUST(eventfd(0, EFD_CLOEXEC));
    CHECK(interpose_reopen(reopened, open_pipe, &opened) == running, "interpose_reopen");
    CHECK(!running || interpose_reopen(reopened + 1, open_pipe, &opened) == -EBADF, "what is not open");
    pthread_t thread = guest_thread(delay, &stop);
    int result = interpose_checkpoint();
    CHECK(result == (running ? INTERPOSE_RESUMED : INTERPOSE_ABSENT), "interpose_checkpoint: %d (%s)", result, interpose_error());
    for (int i = 0; running && i < 5000 && resumed == 0; i++)
        usleep(1000);
    CHECK(before == running && resumed == running && restarted == 0, "called %d %d %d times", before, resumed, restarted);
    CHECK(interpose_generation() == 0, "generation %u", interpose_generation());
    guest_ready();
    guest_wait();
    stop = 1;
    pthread_join(thread, NULL);
    unsigned lives = interpose_generation();
    for (int i = 0; i < 5000 && restarted < (int)lives; i++)
        usleep(1000);
    CHECK(restarted == (int)lives, "called %d times after %u restarts", restarted, lives);
    int number = 0;
    CHECK(!running || (read(reopened, &number, sizeof number) == sizeof number && number > (int)lives && number == opened),
          "opened %d times, and there is %d", opened, number);
    CHECK(!running || (fcntl(reopened, F_GETFD) & FD_CLOEXEC), "the new one is not closed on exec");
    CHECK(memcmp(kept, scratch, lives ? 0 : KEPT) == 0, "memory changed");
    for (int i = 0; lives && i < SCRATCH / 2; i += 4096)
        CHECK(scratch[i] == 0, "what was left out is not zero at %d", i);
    seed = 88172645463325252ull;
    for (int i = 0; i < SCRATCH; i += 8) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        CHECK(i < SCRATCH / 2 || memcmp(scratch + i, &seed, 8) == 0, "what was taken back is not there at %d", i);
    }
    return guest_pass();
}
