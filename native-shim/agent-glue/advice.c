/*
 * The collector advises the kernel about its own heap all the time. The shim counts the application's calls (advice.c
 * there), and these are not the application's.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("hidden"))) int madvise(void *start, size_t length, int advice) {
  return (int)syscall(SYS_madvise, start, length, advice);
}
