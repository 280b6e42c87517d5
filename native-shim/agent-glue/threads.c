/*
 * Threads of the managed runtime run on stacks of ours: glibc recycles the stacks of dead threads in a forked child,
 * and the collector would then walk one that is in use again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define HIDDEN __attribute__((visibility("hidden")))

enum { STACK = 512 << 10 };

typedef int (*create_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

HIDDEN int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  create_fn real = (create_fn)(uintptr_t)dlsym(RTLD_DEFAULT, "pthread_create");
  void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return real(thread, attributes, start, argument);
  pthread_attr_t own;
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes) pthread_attr_getdetachstate(attributes, &detached);
  pthread_attr_init(&own);
  pthread_attr_setdetachstate(&own, detached);
  pthread_attr_setstack(&own, stack, STACK);
  int result = real(thread, &own, start, argument);
  pthread_attr_destroy(&own);
  return result;
}
