/*
 * Processes that are made. A child has one thread, so it needs a service thread and a connection of its own, and the
 * managed runtime that may be in its memory must not have been in the middle of anything: forks and the agent keep out
 * of each other's way by a gate. The agent holds it except while it waits (service.c), so a fork waits for milliseconds
 * at most; any number of forks may be under way at once.
 *
 * fork(3), forkpty(3) and daemon(3) call the handlers of pthread_atfork; clone(2), _Fork(3) and the bare system calls
 * do not and are wrapped. Children that share their parent's memory (vfork, CLONE_VM) are left alone: nothing of ours
 * may be touched there, and they are about to execute something.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "application.h"
#include "futex.h"
#include "real.h"
#include "shim.h"
#include "sys.h"

#define SERVICE 0x80000000u
static uint32_t gate;           /* SERVICE: the service thread is inside or wants to be; below: forks under way */
static SHIM_THREAD int forking; /* of this thread; a handler of a signal may fork as well */
static SHIM_THREAD int counted; /* this thread is among those that the gate counts, or may be */

void ip_gate_enter(void) {
  __atomic_fetch_or(&gate, SERVICE, __ATOMIC_ACQ_REL);
  for (uint32_t value; (value = ip_load(&gate)) & ~SERVICE;) ip_futex_wait(&gate, value, 0);
}

void ip_gate_leave(void) {
  __atomic_fetch_and(&gate, ~SERVICE, __ATOMIC_ACQ_REL);
  ip_futex_wake_all(&gate);
}

void ip_gate_wait_free(void) {
  for (uint32_t value; (value = ip_load(&gate)) & SERVICE;) ip_futex_wait(&gate, value, 0);
}

static void before_fork(void) {
  if (forking++) return;
  for (;;) {
    uint32_t value = ip_load(&gate);
    if (value & SERVICE) {
      ip_futex_wait(&gate, value, 0);
      continue;
    }
    counted = 1;
    if (__atomic_compare_exchange_n(&gate, &value, value + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return;
    counted = 0;
    ip_suspend_due();
  }
}

static void after_fork_in_parent(void) {
  if (--forking) return;
  if (__atomic_sub_fetch(&gate, 1, __ATOMIC_ACQ_REL) == SERVICE) ip_futex_wake_all(&gate);
  counted = 0;
  ip_suspend_due();
}

int ip_fork_is_under_way(void) { return *(volatile int *)&counted; }

static void after_fork_in_child(void) {
  forking = 0;
  gate = 0;
  ip_state.connection = -1;
  ip_state.service_tid = 0;
  ip_state.is_root = 0;
  ip_state.fork_generation++;
  ip_state.own_threads = 0;
  ip_state.advice_done = ip_state.advice_begun;
  ip_threads_reset();
  ip_usage_forked();
  ip_application_forked();
  ip_service_forked();
  ip_suspend_forked();
  counted = 0;
  ip_suspend_due();
}

void ip_fork_install(void) { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

static int is_member(void) { return ip_state.env_coordinator[0] != 0; }

EXPORT pid_t _Fork(void) {
  if (!is_member()) return REAL(_Fork)();
  before_fork();
  pid_t pid = REAL(_Fork)();
  int error = errno;
  if (pid == 0)
    after_fork_in_child();
  else
    after_fork_in_parent();
  errno = error;
  return pid;
}

/* How many threads the process has besides ours. */
uint64_t ip_count_threads(void) {
  struct stat s;
  return sys_failed(sys2(SYS_stat, PTR("/proc/self/task"), PTR(&s))) ? 1
                                                                     : s.st_nlink - 2 - ip_load(&ip_state.own_threads);
}

/*
 * exit(2) ends a thread, and with the last one the process: ours must not keep it alive. A helper of ours that has just
 * ended may still be counted for a moment, hence the second look.
 */
static void __attribute__((noreturn)) exit_thread(int status) {
  uint64_t count = is_member() ? ip_count_threads() : 2;
  for (int i = 0; is_member() && i < 3 && count > 1; i++) {
    sys0(SYS_sched_yield);
    count = ip_count_threads();
  }
  for (;;) sys1(count > 1 ? SYS_exit : SYS_exit_group, (uint64_t)status);
}

struct child {
  int (*fn)(void *);
  void *argument;
};

static int run_child(void *argument) {
  struct child child = *(struct child *)argument;
  after_fork_in_child();
  exit_thread(child.fn(child.argument));
}

EXPORT int clone(int (*fn)(void *), void *stack, int flags, void *argument, ...) {
  va_list list;
  va_start(list, argument);
  pid_t *parent_tid = va_arg(list, pid_t *);
  void *tls = va_arg(list, void *);
  pid_t *child_tid = va_arg(list, pid_t *);
  va_end(list);
  if (!is_member() || (flags & CLONE_VM) || !fn)
    return REAL(clone)(fn, stack, flags, argument, parent_tid, tls, child_tid);
  struct child child = {fn, argument}; /* the child's memory has a copy */
  before_fork();
  int pid = REAL(clone)(run_child, stack, flags, &child, parent_tid, tls, child_tid);
  after_fork_in_parent();
  return pid;
}

static int64_t fork_by_call(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  before_fork();
  int64_t pid = sys6(number, a, b, c, d, e, 0);
  if (pid == 0)
    after_fork_in_child();
  else
    after_fork_in_parent();
  return pid;
}

/* syscall.S comes here for the few numbers that are not merely passed on; arguments are those of syscall(2). */
HIDDEN long ip_special_call(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  int64_t result;
  switch (number) {
  case SYS_exit:
    exit_thread((int)a);
  case SYS_execve:
    return ip_execute((const char *)a, (char *const *)b, (char *const *)c);
  case SYS_execveat:
    return execveat((int)a, (const char *)b, (char *const *)c, (char *const *)d, (int)e);
  case SYS_io_uring_setup:
    result = ip_hides_io_uring() ? -ENOSYS : sys6(number, a, b, c, d, e, f);
    break;
  default: /* fork, clone, clone3 with memory of its own on the same stack */
    result = is_member() ? fork_by_call(number, a, b, c, d, e) : sys6(number, a, b, c, d, e, f);
  }
  if (!sys_failed(result)) return result;
  errno = (int)-result;
  return -1;
}
