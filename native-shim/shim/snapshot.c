/*
 * The picture: with every application thread parked, fork a twin whose memory is a frozen copy of this process's, and
 * let the twin write it while the application runs on.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "shim.h"
#include "sys.h"

/* Ranges that fork would leave out (MADV_DONTFORK) or clear (MADV_WIPEONFORK) must reach the twin. */
static void let_fork(const struct ip_snapshot_plan *plan, int before) {
  const struct ip_range *range = (const struct ip_range *)(uintptr_t)plan->ranges;
  for (uint64_t i = 0; i < plan->range_count; i++, range++) {
    uint64_t length = range->end - range->start;
    if (range->flags & IP_VM_DONTFORK) sys3(SYS_madvise, range->start, length, before ? MADV_DOFORK : MADV_DONTFORK);
    if (range->flags & IP_VM_WIPEONFORK)
      sys3(SYS_madvise, range->start, length, before ? MADV_KEEPONFORK : MADV_WIPEONFORK);
  }
}

/*
 * The kernel notes in the rseq area of a thread (rseq(2)) where it runs, whenever that changes. The area of this thread is
 * in the picture: a page that changed between its checksum and its writing would damage the image. A restart registers it
 * again.
 */
static void register_rseq(int again) {
  enum { UNREGISTER = 1, SIGNATURE = 0x53053053, MINIMUM = 32 }; /* linux/rseq.h; glibc's RSEQ_SIG; see ThreadCollector */
  uint64_t base = 0;
  if (!ip_state.rseq_size || sys_failed(sys2(SYS_arch_prctl, ARCH_GET_FS, PTR(&base)))) return;
  uint64_t length = ip_state.rseq_size > MINIMUM ? ip_state.rseq_size : MINIMUM;
  sys4(SYS_rseq, base + (uint64_t)ip_state.rseq_offset, length, again ? 0 : UNREGISTER, SIGNATURE);
}

int64_t ip_snapshot(struct ip_snapshot_plan *plan) {
  /* This thread is the one that goes on right here; its slot is the one behind the application's (ip_suspend). */
  struct ip_thread *slot = &((struct ip_thread *)(uintptr_t)ip_state.threads)[ip_state.thread_count];
  ip_usage_take();
  if (ip_save_context(&slot->context)) {
    ip_usage_restored();
    return IP_SNAPSHOT_RESTORED;
  }
  if (plan->in_place) {
    register_rseq(0);
    ip_write_image(plan);
    register_rseq(1);
    return 0;
  }
  let_fork(plan, 1);
  /* No exit signal: the twin is invisible to the application's SIGCHLD handler and to its wait (clone(2), __WCLONE). */
  int64_t twin = sys5(SYS_clone, 0, 0, 0, 0, 0);
  if (twin == 0) {
    /* By this name a census of the computation knows that it is no process of the application. */
    sys5(SYS_prctl, PR_SET_NAME, PTR("interpose-twin"), 0, 0, 0);
    register_rseq(0);
    ip_write_image(plan);
    for (;;) sys1(SYS_exit_group, 0);
  }
  let_fork(plan, 0);
  return twin;
}
