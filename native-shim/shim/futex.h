/* Futexes and the loads and stores that belong to them; usable in handlers. */
#ifndef INTERPOSE_FUTEX_H
#define INTERPOSE_FUTEX_H

#include <linux/futex.h>
#include <time.h>

#include "sys.h"

/* Sleeps while *word is `value`, at most that long; 0: without limit. May return early. */
static inline void ip_futex_wait(uint32_t *word, uint32_t value, uint64_t timeout_ns) {
  struct timespec limit = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
  sys6(SYS_futex, PTR(word), FUTEX_WAIT_PRIVATE, value, timeout_ns ? PTR(&limit) : 0, 0, 0);
}
static inline void ip_futex_wake_all(uint32_t *word) {
  sys6(SYS_futex, PTR(word), FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}
static inline uint32_t ip_load(uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void ip_store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

#endif
