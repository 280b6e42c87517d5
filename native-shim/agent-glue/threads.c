/*
 * Threads of the managed runtime run on stacks of ours: glibc recycles the stacks of dead threads in a forked child,
 * and the collector would then walk one that is in use again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

enum { STACK = 512 << 10 };

typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* The agent asks which threads are the runtime's: it must not suspend one that is not idle. */
enum { MAX_THREADS = 16 };
static int tids[MAX_THREADS];
static int thread_count;
static pid_t process; /* a forked child has none of its parent's threads */

/* Lives on the stack of the thread that creates another, until that one is known. */
struct start {
  void *(*fn)(void *);
  void *argument;
  uint32_t known;
};

static void enlist(void) {
  if (process != getpid()) {
    for (int i = 0; i < MAX_THREADS; i++) __atomic_store_n(&tids[i], 0, __ATOMIC_RELEASE);
    thread_count = 0;
    __atomic_store_n(&process, getpid(), __ATOMIC_RELEASE);
  }
  int index = thread_count++; /* the runtime creates one at a time */
  if (index < MAX_THREADS) __atomic_store_n(&tids[index], (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

static void *run(void *argument) {
  struct start *start = argument;
  void *(*fn)(void *) = start->fn;
  void *own = start->argument;
  enlist();
  __atomic_store_n(&start->known, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &start->known, FUTEX_WAKE_PRIVATE, 1);
  return fn(own);
}

/* Thread id of the runtime's thread number index; 0: there are no more. */
HIDDEN int interpose_runtime_thread(int index) {
  if (__atomic_load_n(&process, __ATOMIC_ACQUIRE) != getpid()) return 0;
  return index < MAX_THREADS ? __atomic_load_n(&tids[index], __ATOMIC_ACQUIRE) : 0;
}

HIDDEN int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  create_fn real = (create_fn)(uintptr_t)dlsym(RTLD_DEFAULT, "pthread_create");
  struct start wrapped = {start, argument, 0};
  void *stack =
      mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return errno;
  pthread_attr_t own;
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes) pthread_attr_getdetachstate(attributes, &detached);
  pthread_attr_init(&own);
  pthread_attr_setdetachstate(&own, detached);
  pthread_attr_setstack(&own, stack, STACK);
  int result = real(thread, &own, run, &wrapped);
  /* A checkpoint that began before it is known would take it for one of the application's. */
  while (!result && !__atomic_load_n(&wrapped.known, __ATOMIC_ACQUIRE))
    syscall(SYS_futex, &wrapped.known, FUTEX_WAIT_PRIVATE, 0, NULL);
  /* libc ends the process when the last thread it knows of calls pthread_exit: these are not the application's. */
  unsigned *threads = dlsym(RTLD_DEFAULT, "__nptl_nthreads");
  if (!result && threads) __atomic_fetch_sub(threads, 1, __ATOMIC_ACQ_REL);
  pthread_attr_destroy(&own);
  return result;
}
