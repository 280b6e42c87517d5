/* How the processes of one restart wait for each other, and learn that one of them has failed. */
#include <errno.h>
#include <linux/futex.h>

#include "restorer.h"

enum { STEP_NS = 100000000, LIMIT_STEPS = 1200 }; /* two minutes */

static void wake(uint32_t *word) { sys6(SYS_futex, PTR(word), FUTEX_WAKE, INT32_MAX, 0, 0, 0); }

void restart_failed(void) {
  __atomic_store_n(&SHARED->failed, 1, __ATOMIC_RELEASE);
  for (uint32_t i = 0; i < IP_BARRIERS; i++) wake(&SHARED->arrived[i]);
}

/* 0, -ECANCELED when another process has failed, or -ETIMEDOUT. */
int64_t barrier_arrive(uint64_t index, uint64_t count) {
  if (index >= IP_BARRIERS) return -EINVAL;
  uint32_t *word = &SHARED->arrived[index];
  if (__atomic_add_fetch(word, 1, __ATOMIC_ACQ_REL) >= count) {
    wake(word);
    return 0;
  }
  for (int step = 0; step < LIMIT_STEPS; step++) {
    uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&SHARED->failed, __ATOMIC_ACQUIRE)) {
      sys1(SYS_exit_group, 1); /* the one that failed has said why */
      return -ECANCELED;
    }
    if (seen >= count) return 0;
    uint64_t limit[2] = {0, STEP_NS};
    sys6(SYS_futex, PTR(word), FUTEX_WAIT, seen, PTR(limit), 0, 0);
  }
  return -ETIMEDOUT;
}

void remember_created(int32_t pid) {
  uint32_t at = __atomic_fetch_add(&SHARED->created_count, 1, __ATOMIC_ACQ_REL);
  if (at < sizeof SHARED->created / sizeof *SHARED->created) SHARED->created[at] = pid;
}
