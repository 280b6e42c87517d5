/*
 * Where the managed runtime's memory lies. The kernel would put a small mapping into any hole that fits between the
 * application's, where a program that has just given that memory back can meet it: its accesses no longer fault, and
 * what it maps there again at a fixed address takes the runtime's memory away. A hint far from both keeps them apart.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interpose_abi.h"

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  static uint64_t used;
  enum { PAGE = 4096 };
  if (!address && !(flags & MAP_FIXED)) {
    uint64_t room = (length + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    uint64_t at = __atomic_fetch_add(&used, room, __ATOMIC_RELAXED) % IP_OWN_SIZE;
    /* Only a hint (mmap(2)): where something else lies there, the kernel chooses as it would have. */
    address = (void *)(uintptr_t)(IP_OWN_BASE + IP_OWN_SIZE + at);
  }
  return (void *)(uintptr_t)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

HIDDEN void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}
