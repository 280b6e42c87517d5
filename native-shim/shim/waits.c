/*
 * Blocking calls that a checkpoint interrupts. The kernel restarts many by itself (SA_RESTART); the rest would return
 * EINTR (signal(7)). The suspend handler makes the thread repeat such a call, and the wrappers below see to it that a
 * relative timeout is not repeated in full: they pass private copies and note the deadline, so that nothing of the
 * caller's is ever written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

struct wait {
  uint64_t deadline;      /* CLOCK_MONOTONIC, ns; 0: no wrapped wait is in progress */
  struct timespec *limit; /* our copy of a relative timeout, or NULL when it is in milliseconds */
};
static SHIM_THREAD struct wait current_wait;

static uint64_t monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* In the handler the vdso may be what was interrupted: ask the kernel. */
static uint64_t remaining(void) {
  struct timespec t;
  sys2(SYS_clock_gettime, CLOCK_MONOTONIC, PTR(&t));
  uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  return current_wait.deadline > now ? current_wait.deadline - now : 0;
}

static int same_call(const struct ip_thread *slot, const greg_t *r) {
  return slot->call_number >= 0 && slot->call_pc == (uint64_t)r[REG_RIP] && slot->call_sp == (uint64_t)r[REG_RSP] &&
         slot->call_args[0] == (uint64_t)r[REG_RDI] && slot->call_args[1] == (uint64_t)r[REG_RSI] &&
         slot->call_args[2] == (uint64_t)r[REG_RDX] && slot->call_args[3] == (uint64_t)r[REG_R10];
}

extern const uint8_t ip_syscall_return[] HIDDEN; /* syscall.S */

/* The call began after its number was looked up: its stub says it, "mov $number,%eax" some bytes before. */
static int64_t number_from_code(uint64_t pc, uint64_t sp) {
  if (pc == PTR(ip_syscall_return)) return *(const int64_t *)(uintptr_t)sp;
  const uint8_t *code = (const uint8_t *)(uintptr_t)pc;
  for (int back = 7; back < 48; back++)
    if (code[-back] == 0xb8 && code[-back + 3] == 0 && code[-back + 4] == 0)
      return code[-back + 1] | code[-back + 2] << 8;
  return -1;
}

static void put(uint64_t address, uint64_t ns) {
  struct timespec *limit = (struct timespec *)(uintptr_t)address;
  limit->tv_sec = (time_t)(ns / 1000000000u);
  limit->tv_nsec = (long)(ns % 1000000000u);
}

static uint64_t bit(int signo) { return 1ull << (signo - 1); }

/*
 * What waits to be delivered as soon as the suspend handler returns: 0 nothing that runs a handler, 1 only handlers
 * with SA_RESTART, 2 one without.
 */
static int handlers_due(uint64_t mask) {
  uint64_t pending = 0;
  int due = 0;
  sys2(SYS_rt_sigpending, PTR(&pending), 8);
  pending &= ~mask;
  for (int signo = 1; pending && signo <= 64; signo++) {
    struct kernel_sigaction action;
    if (!(pending & bit(signo)) || sys4(SYS_rt_sigaction, (uint64_t)signo, 0, PTR(&action), 8)) continue;
    if (PTR(action.handler) <= 1) continue; /* SIG_DFL, SIG_IGN: no handler, so no EINTR either */
    int kind = action.flags & SA_RESTART ? 1 : 2;
    if (kind > due) due = kind;
  }
  return due;
}

/*
 * The kernel has arranged for the call to be repeated, because our handler has SA_RESTART. A handler without it that
 * runs next must see the call return EINTR instead.
 */
static void interrupt_restarted_call(const struct ip_thread *slot, greg_t *r) {
  const uint8_t *code = (const uint8_t *)(uintptr_t)r[REG_RIP];
  int restarting = slot->call_number >= 0 && slot->call_number == r[REG_RAX] && slot->call_sp == (uint64_t)r[REG_RSP] &&
                   slot->call_pc == (uint64_t)r[REG_RIP] + 2 && code[0] == 0x0f && code[1] == 0x05;
  if (restarting && handlers_due(slot->signal_mask) == 2) {
    r[REG_RAX] = -EINTR;
    r[REG_RIP] += 2;
  }
}

void ip_continue_interrupted_call(struct ip_thread *slot, ucontext_t *uc) {
  greg_t *r = uc->uc_mcontext.gregs;
  if (r[REG_RAX] != -EINTR) {
    interrupt_restarted_call(slot, r);
    if (r[REG_RAX] > 0 && r[REG_RCX] == r[REG_RIP] && !handlers_due(slot->signal_mask)) ip_finish_cut_call(uc);
    return;
  }
  const uint8_t *code = (const uint8_t *)(uintptr_t)r[REG_RIP];
  if (code[-2] != 0x0f || code[-1] != 0x05) return; /* not right behind a system call: another handler's business */
  if (handlers_due(slot->signal_mask)) return;      /* these calls end when a handler runs, whatever its flags */
  int64_t number =
      same_call(slot, r) ? slot->call_number : number_from_code((uint64_t)r[REG_RIP], (uint64_t)r[REG_RSP]);
  int wrapped = slot->fs_base != 0 && current_wait.deadline != 0;
  uint64_t copy = wrapped ? PTR(current_wait.limit) : 0;
  uint64_t milliseconds = wrapped ? (remaining() + 999999u) / 1000000u : 0;
  switch (number) {
  case SYS_nanosleep:
    if (copy && (uint64_t)r[REG_RDI] == copy)
      put(copy, remaining());
    else if (r[REG_RSI])
      r[REG_RDI] = r[REG_RSI]; /* the kernel has just written there what is left */
    break;
  case SYS_clock_nanosleep:
    if ((r[REG_RSI] & TIMER_ABSTIME) != 0) break;
    if (copy && (uint64_t)r[REG_RDX] == copy)
      put(copy, remaining());
    else if (r[REG_R10])
      r[REG_RDX] = r[REG_R10];
    break;
  case SYS_poll:
    if (wrapped && r[REG_RDX] > 0) r[REG_RDX] = (greg_t)milliseconds;
    break;
  case SYS_epoll_wait:
  case SYS_epoll_pwait:
    if (wrapped && (int32_t)r[REG_R10] > 0) r[REG_R10] = (greg_t)milliseconds;
    break;
  case SYS_epoll_pwait2:
    if (copy && (uint64_t)r[REG_R10] == copy) put(copy, remaining());
    break;
  case SYS_rt_sigtimedwait:
    if (copy && (uint64_t)r[REG_RDX] == copy) put(copy, remaining());
    break;
  case SYS_semtimedop:
    if (copy && (uint64_t)r[REG_R10] == copy) put(copy, remaining());
    break;
  case SYS_select: /* the kernel itself writes back what is left of these (select(2), NOTES) */
  case SYS_pselect6:
  case SYS_ppoll:
  case SYS_pause:
  case SYS_rt_sigsuspend:
  case SYS_futex: /* libc's timeouts are absolute */
  case SYS_msgrcv:
  case SYS_msgsnd:
  case SYS_semop:
  case SYS_io_getevents:
  case SYS_recvfrom:
  case SYS_recvmsg:
  case SYS_recvmmsg:
  case SYS_sendto:
  case SYS_sendmsg:
  case SYS_accept:
  case SYS_accept4:
  case SYS_connect:
  case SYS_read:
  case SYS_write:
  case SYS_readv:
  case SYS_writev:
  case SYS_mq_timedsend:
  case SYS_mq_timedreceive:
  case 449: /* futex_waitv */
  case 455: /* futex_wait */
    break;
  default:
    return;
  }
  r[REG_RAX] = number;
  r[REG_RIP] -= 2;
}

static void begin_wait(uint64_t duration_ns, struct timespec *limit) {
  current_wait.limit = limit;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  current_wait.deadline = monotonic() + duration_ns;
}
static void end_wait(void) { current_wait.deadline = 0; }

static int valid(const struct timespec *t) {
  return t && t->tv_sec >= 0 && t->tv_sec < 4000000000L && t->tv_nsec >= 0 && t->tv_nsec < 1000000000L;
}
static uint64_t to_ns(const struct timespec *t) { return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec; }

EXPORT int nanosleep(const struct timespec *request, struct timespec *left) {
  if (!valid(request)) return REAL(nanosleep)(request, left);
  struct timespec copy = *request, rest = {0, 0};
  begin_wait(to_ns(&copy), &copy);
  int result = REAL(nanosleep)(&copy, &rest);
  end_wait();
  if (result && left && errno == EINTR) *left = rest;
  return result;
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *left) {
  int elapses = clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME;
  if ((flags & TIMER_ABSTIME) || !valid(request) || !elapses) return REAL(clock_nanosleep)(clock, flags, request, left);
  struct timespec copy = *request, rest = {0, 0};
  begin_wait(to_ns(&copy), &copy);
  int result = REAL(clock_nanosleep)(clock, flags, &copy, &rest);
  end_wait();
  if (result == EINTR && left) *left = rest;
  return result;
}

EXPORT int usleep(useconds_t microseconds) {
  struct timespec request = {microseconds / 1000000u, (long)(microseconds % 1000000u) * 1000};
  return nanosleep(&request, NULL);
}

EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout) {
  if (timeout <= 0) return REAL(poll)(fds, count, timeout);
  begin_wait((uint64_t)timeout * 1000000u, NULL);
  int result = REAL(poll)(fds, count, timeout);
  end_wait();
  return result;
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int count, int timeout) {
  if (timeout <= 0) return REAL(epoll_wait)(fd, events, count, timeout);
  begin_wait((uint64_t)timeout * 1000000u, NULL);
  int result = REAL(epoll_wait)(fd, events, count, timeout);
  end_wait();
  return result;
}

EXPORT int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask) {
  if (timeout <= 0) return REAL(epoll_pwait)(fd, events, count, timeout, mask);
  begin_wait((uint64_t)timeout * 1000000u, NULL);
  int result = REAL(epoll_pwait)(fd, events, count, timeout, mask);
  end_wait();
  return result;
}

EXPORT int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *mask) {
  if (!valid(timeout)) return REAL(epoll_pwait2)(fd, events, count, timeout, mask);
  struct timespec limit = *timeout;
  begin_wait(to_ns(&limit), &limit);
  int result = REAL(epoll_pwait2)(fd, events, count, &limit, mask);
  end_wait();
  return result;
}

EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout) {
  if (!valid(timeout)) return REAL(sigtimedwait)(set, info, timeout);
  struct timespec limit = *timeout;
  begin_wait(to_ns(&limit), &limit);
  int result = REAL(sigtimedwait)(set, info, &limit);
  end_wait();
  return result;
}
