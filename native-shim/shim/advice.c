/*
 * Advice and locks on memory can only be read back from /proc/self/smaps, which walks all page tables: 30 ms for 1 GiB.
 * The agent reads it before it suspends the application, and these counters tell whether anything changed since.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "real.h"
#include "shim.h"

static void begin(void) { __atomic_fetch_add(&ip_state.advice_begun, 1, __ATOMIC_SEQ_CST); }
static int end(int result) {
  __atomic_fetch_add(&ip_state.advice_done, 1, __ATOMIC_SEQ_CST);
  return result;
}

EXPORT int madvise(void *start, size_t length, int advice) {
  begin();
  return end(REAL(madvise)(start, length, advice));
}

EXPORT int mlock(const void *start, size_t length) {
  begin();
  return end(REAL(mlock)(start, length));
}

EXPORT int mlock2(const void *start, size_t length, unsigned flags) {
  begin();
  return end(REAL(mlock2)(start, length, flags));
}

EXPORT int munlock(const void *start, size_t length) {
  begin();
  return end(REAL(munlock)(start, length));
}

EXPORT int mlockall(int flags) {
  begin();
  return end(REAL(mlockall)(flags));
}

EXPORT int munlockall(void) {
  begin();
  return end(REAL(munlockall)());
}
