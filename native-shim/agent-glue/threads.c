/*
 * Threads of the managed runtime run on stacks of ours: glibc recycles the stacks of dead threads in a forked child,
 * and the collector would then walk one that is in use again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

struct start {
  void *(*fn)(void *);
  void *argument;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  __atomic_store_n(&process, getpid(), __ATOMIC_RELEASE);
  int index = __atomic_fetch_add(&thread_count, 1, __ATOMIC_ACQ_REL);
  if (index < MAX_THREADS) __atomic_store_n(&tids[index], (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
  return start.fn(start.argument);
}

/* Thread id of the runtime's thread number index; 0: there are no more. */
HIDDEN int interpose_runtime_thread(int index) {
  if (__atomic_load_n(&process, __ATOMIC_ACQUIRE) != getpid()) return 0;
  return index < MAX_THREADS ? __atomic_load_n(&tids[index], __ATOMIC_ACQUIRE) : 0;
}

HIDDEN int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  create_fn real = (create_fn)(uintptr_t)dlsym(RTLD_DEFAULT, "pthread_create");
  struct start *wrapped = malloc(sizeof *wrapped);
  if (!wrapped) return ENOMEM;
  *wrapped = (struct start){start, argument};
  void *stack =
      mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return real(thread, attributes, run, wrapped);
  pthread_attr_t own;
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes) pthread_attr_getdetachstate(attributes, &detached);
  pthread_attr_init(&own);
  pthread_attr_setdetachstate(&own, detached);
  pthread_attr_setstack(&own, stack, STACK);
  int result = real(thread, &own, run, wrapped);
  if (result) free(wrapped);
  /* libc ends the process when the last thread it knows of calls pthread_exit: these are not the application's. */
  unsigned *threads = dlsym(RTLD_DEFAULT, "__nptl_nthreads");
  if (!result && threads) __atomic_fetch_sub(threads, 1, __ATOMIC_ACQ_REL);
  pthread_attr_destroy(&own);
  return result;
}
