/*
 * Bringing every application thread to rest in a signal handler, and letting it go again. The kernel's own signal
 * frame holds all of a thread's state, so that a restart only has to recreate the thread and return from the handler.
 * Runs without libc: the interrupted thread may hold any lock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "application.h"
#include "futex.h"
#include "shim.h"
#include "sys.h"
#include "text.h"

#define MAX_THREADS 65536u
#define MAX_PENDING 131072u /* above the usual RLIMIT_SIGPENDING */
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

/* What a thread sends to itself that could not wait when it was told to. */
#define DUE_VALUE 0x496E74447565486Full

static struct ip_pending *pending(void) { return (struct ip_pending *)(uintptr_t)ip_state.pending; }
static struct ip_thread *slots(void) { return (struct ip_thread *)(uintptr_t)ip_state.threads; }

/* How many records have been taken; some of them may not be filled. */
static uint32_t pending_taken(void) {
  uint32_t count = ip_load(&ip_state.pending_count);
  return count < ip_state.pending_capacity ? count : ip_state.pending_capacity;
}

static uint64_t now_ns(void) {
  struct timespec t;
  sys2(SYS_clock_gettime, CLOCK_MONOTONIC, PTR(&t));
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct ip_thread *find_slot(int32_t tid) {
  uint32_t count = ip_load(&ip_state.thread_count);
  for (uint32_t i = 0; i < count; i++)
    if (slots()[i].tid == tid) return &slots()[i];
  return NULL;
}

/* Everything only the thread itself can ask of the kernel. */
void ip_record_thread(struct ip_thread *slot) {
  sys2(SYS_arch_prctl, ARCH_GET_FS, PTR(&slot->fs_base));
  sys2(SYS_arch_prctl, ARCH_GET_GS, PTR(&slot->gs_base));
  sys3(SYS_get_robust_list, 0, PTR(&slot->robust_list), PTR(&slot->robust_list_length));
  if (sys_failed(sys2(SYS_prctl, PR_GET_TID_ADDRESS, PTR(&slot->clear_child_tid)))) slot->clear_child_tid = 0;
  int64_t slack = sys2(SYS_prctl, PR_GET_TIMERSLACK, 0);
  int32_t death_signal = 0;
  sys2(SYS_prctl, PR_GET_PDEATHSIG, PTR(&death_signal));
  slot->timer_slack = slack > 0 ? (uint64_t)slack : 0;
  slot->parent_death_signal = (uint32_t)death_signal;
}

/*
 * Who is told to wait when it waits already has been stopped in here, and is to stop again. Libc's own use of the signal has to
 * reach it.
 */
static void take_holds(void) {
  enum { FEW = 8 };
  siginfo_t others[FEW];
  uint64_t ours = 1ull << (IP_SUSPEND_SIGNAL - 1), pid = (uint64_t)sys0(SYS_getpid), tid = (uint64_t)sys0(SYS_gettid);
  struct timespec none = {0, 0};
  int count = 0;
  while (count < FEW && sys4(SYS_rt_sigtimedwait, PTR(&ours), PTR(&others[count]), PTR(&none), 8) > 0) {
    uint64_t value = others[count].si_code == SI_QUEUE ? PTR(others[count].si_ptr) : 0;
    if (value == IP_HOLD_VALUE) ip_store(&ip_state.stopped, 1);
    if (value != IP_HOLD_VALUE && value != IP_SUSPEND_VALUE) count++; /* it is suspended: other requests have been withdrawn */
  }
  for (int i = 0; i < count; i++) sys4(SYS_rt_tgsigqueueinfo, pid, tid, IP_SUSPEND_SIGNAL, PTR(&others[i]));
}

/* Takes this thread's own pending signals out of the kernel; resume puts them back. */
static void collect_own(struct ip_thread *slot) {
  take_holds();
  for (;;) {
    uint64_t private_set = 0, shared_set = 0;
    if (!ip_read_pending_sets(slot->tid, &private_set, &shared_set)) return;
    /* The leader also answers for the signals of the whole process: only it may queue them again (kernel/signal.c,
       do_rt_sigqueueinfo compares with the caller's own tid). */
    uint64_t set = private_set;
    if (!set && slot->tid == (int32_t)sys0(SYS_getpid)) set = shared_set;
    set &= ~(1ull << (IP_SUSPEND_SIGNAL - 1));
    if (!set) return;
    uint32_t index = __atomic_fetch_add(&ip_state.pending_count, 1, __ATOMIC_ACQ_REL);
    if (index >= ip_state.pending_capacity) {
      slot->pending_lost = 1;
      return;
    }
    struct ip_pending *record = &pending()[index];
    struct timespec none = {0, 0};
    record->for_thread = private_set != 0;
    if (sys4(SYS_rt_sigtimedwait, PTR(&set), PTR(record->info), PTR(&none), 8) <= 0) return;
    ip_store((uint32_t *)&record->tid, (uint32_t)slot->tid);
    slot->pending_count++;
  }
}

static void requeue_own(struct ip_thread *slot) {
  int64_t pid = sys0(SYS_getpid);
  if (slot->pending_count) collect_own(slot); /* what came meanwhile belongs behind what came before */
  for (uint32_t i = 0; slot->pending_count && i < pending_taken(); i++) {
    struct ip_pending *record = &pending()[i];
    if ((int32_t)ip_load((uint32_t *)&record->tid) != slot->tid) continue;
    siginfo_t *info = (siginfo_t *)record->info;
    if (record->for_thread)
      sys4(SYS_rt_tgsigqueueinfo, (uint64_t)pid, (uint64_t)slot->tid, (uint64_t)info->si_signo, PTR(info));
    else
      sys3(SYS_rt_sigqueueinfo, (uint64_t)pid, (uint64_t)info->si_signo, PTR(info));
  }
  slot->pending_count = 0;
}

/* word: what resume_word was before the thread arrived */
static void park(struct ip_thread *slot, uint32_t word) {
  ip_usage_take_thread();
  int restored = ip_save_context(&slot->context);
  if (restored) ip_usage_thread_restored();
  ip_store(&slot->state, restored ? IP_THREAD_RESTORED : IP_THREAD_PARKED);
  ip_futex_wake_all(&slot->state);
  while (ip_load(&ip_state.resume_word) == word) {
    if (ip_load(&slot->command) == IP_COMMAND_COLLECT) {
      collect_own(slot);
      ip_store(&slot->command, IP_COMMAND_NONE);
      ip_futex_wake_all(&slot->command);
    }
    ip_futex_wait(&ip_state.resume_word, word, 0);
  }
}

static struct kernel_sigaction libc_action; /* what libc does with the same signal: setuid(2) in all threads */

/* No thread returns before all have their signals back: one that already ran could send another, out of order. */
static void wait_release(struct ip_thread *slot) {
  uint32_t word = ip_load(&ip_state.release_word);
  ip_store(&slot->state, IP_THREAD_READY);
  ip_futex_wake_all(&slot->state);
  while (ip_load(&ip_state.release_word) == word) ip_futex_wait(&ip_state.release_word, word, 0);
}

/* The thread that the timer of a newborn happened to interrupt goes on as if nothing had been. */
static void on_newborn(ucontext_t *uc) {
  struct ip_thread interrupted = {.call_number = -1, .signal_mask = *(uint64_t *)&uc->uc_sigmask};
  ip_service_awake();
  sys2(SYS_arch_prctl, ARCH_GET_FS, PTR(&interrupted.fs_base));
  ip_continue_interrupted_call(&interrupted, uc);
}

static siginfo_t suspend_info(int64_t pid, uint64_t value) {
  siginfo_t info = {0};
  info.si_signo = IP_SUSPEND_SIGNAL;
  info.si_code = SI_QUEUE;
  info.si_pid = (pid_t)pid;
  info.si_ptr = (void *)(uintptr_t)value;
  return info;
}

static int64_t own_pid;          /* whose state ours is: a child of vfork has the memory of its parent */
static int64_t hold_after_exec;  /* such a child, when it is to wait in the program that it executes */
static SHIM_THREAD int hold_due; /* this thread is to wait as soon as that can be, which is not: */
static SHIM_THREAD volatile int loading; /* with a lock of the dynamic linker, which the thread that serves it needs */

static void send_to_self(uint64_t value) {
  int64_t pid = sys0(SYS_getpid);
  siginfo_t info = suspend_info(pid, value);
  sys4(SYS_rt_tgsigqueueinfo, (uint64_t)pid, (uint64_t)sys0(SYS_gettid), IP_SUSPEND_SIGNAL, PTR(&info));
}

void ip_suspend_due(void) {
  if (hold_due) send_to_self(DUE_VALUE);
}

void *ip_find_real(const char *name) {
  loading++;
  void *found = dlsym(RTLD_NEXT, name);
  loading--;
  ip_suspend_due();
  return found;
}

/* What the parent was told while it made this child is meant for the child too: both stand still. */
void ip_suspend_forked(void) {
  own_pid = sys0(SYS_getpid);
  ip_store(&ip_state.stopped, 0);
}

void ip_suspend_before_exec(void) {
  if (hold_after_exec != sys0(SYS_getpid)) return;
  hold_after_exec = 0;
  send_to_self(IP_HOLD_VALUE);
}

/* 1: this thread is to be suspended now; 0: nobody came to do it, it stopped again and has been continued. */
static int hold(int32_t tid) {
  enum { STEPS = 15000 };
  struct timespec millisecond = {0, 1000000};
  ip_store(&ip_state.stopped, 1);
  if (!ip_state.service_tid) ip_service_awake(); /* a newborn: the timer that would do it waits behind this signal */
  for (int i = 0; i < STEPS; i++) {
    struct ip_thread *slot = find_slot(tid);
    if (slot && ip_load(&slot->state) == IP_THREAD_SIGNALLED) {
      /* The signal that goes with it is here or about to be; left pending, it would be taken for the next one. */
      uint64_t set = 1ull << (IP_SUSPEND_SIGNAL - 1);
      struct timespec limit = {1, 0};
      siginfo_t info;
      while (sys4(SYS_rt_sigtimedwait, PTR(&set), PTR(&info), PTR(&limit), 8) > 0 && PTR(info.si_ptr) != IP_SUSPEND_VALUE)
        continue;
      return 1;
    }
    sys2(SYS_nanosleep, PTR(&millisecond), 0);
  }
  ip_store(&ip_state.stopped, 0);
  sys3(SYS_tgkill, (uint64_t)sys0(SYS_getpid), (uint64_t)tid, SIGSTOP);
  return 0;
}

/*
 * From the signal until this thread may go on. 1: it may not. The agent lets threads go and suspends them anew when its own were
 * busy; those of a stopped process then have to wait here, until the agent has seen to it that the process stops again.
 */
static int stand_still(int32_t tid, int is_hold, int is_signalled, ucontext_t *uc) {
  struct ip_thread *slot;
  uint32_t word;
  int arrives;
  do {
    if (is_hold && !is_signalled && !hold(tid)) return 0;
    is_signalled = 0;
    word = ip_load(&ip_state.resume_word);
    slot = find_slot(tid);
    uint32_t expected = IP_THREAD_SIGNALLED;
    arrives = slot && __atomic_compare_exchange_n(&slot->state, &expected, IP_THREAD_ARRIVING, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  } while (is_hold && !arrives); /* withdrawn: there will be another */
  if (!arrives) return 0;        /* too late */
  slot->user_context = PTR(uc);
  slot->signal_mask = *(uint64_t *)&uc->uc_sigmask;
  ip_record_thread(slot);
  park(slot, word);
  requeue_own(slot);
  wait_release(slot);
  int again = is_hold && ip_load(&ip_state.stopped);
  if (!again) ip_continue_interrupted_call(slot, uc);
  ip_store(&slot->state, IP_THREAD_FREE);
  ip_futex_wake_all(&slot->state);
  return again;
}

/* Threads of ours serve those that wait; a fork that does not come to its end would keep the agent waiting. */
static int is_put_off(int32_t tid) {
  if (tid == ip_state.service_tid || ip_is_own_stack(PTR(__builtin_frame_address(0)))) return 1;
  if (loading || ip_fork_is_under_way()) hold_due = 1;
  if (hold_due) return 1;
  if (own_pid == sys0(SYS_getpid)) return 0;
  hold_after_exec = sys0(SYS_getpid);
  return 1;
}

static void on_suspend(int signo, siginfo_t *info, void *context) {
  if (info->si_code == SI_TIMER && PTR(info->si_ptr) == IP_NEWBORN_VALUE) {
    on_newborn(context);
    return;
  }
  if (info->si_code == SI_QUEUE && PTR(info->si_ptr) == IP_ASK_VALUE) return; /* its poll is interrupted */
  if (info->si_code == SI_QUEUE && PTR(info->si_ptr) == IP_REPEAT_VALUE) {
    ip_repeat_call();
    return;
  }
  int32_t tid = (int32_t)sys0(SYS_gettid);
  uint64_t value = info->si_code == SI_QUEUE ? PTR(info->si_ptr) : 0;
  if (value == IP_HOLD_VALUE && is_put_off(tid)) return;
  if (value == DUE_VALUE && !hold_due) return;
  if (value != IP_HOLD_VALUE && value != DUE_VALUE && value != IP_SUSPEND_VALUE) {
    if (PTR(libc_action.handler) > 1) libc_action.handler(signo, info, context);
    return;
  }
  /* The agent may be faster than what the thread sends itself. */
  int is_signalled = value == IP_SUSPEND_VALUE, is_hold = !is_signalled || hold_due;
  hold_due = 0;
  if (is_hold) ip_store(&ip_state.stopped, 1);
  while (stand_still(tid, is_hold, is_signalled, context)) is_signalled = 0;
}

/*
 * A program that was stopped before it got here is continued when it is to take part in a checkpoint, and told to wait; it cannot
 * yet. Our signal is blocked at the start (exec.c), and is remembered. Libc's handler, which comes before ours, loses what is
 * sent while it is there; the SIGCONT that follows says the same, and waits.
 */
static int is_held_early;
static uint64_t mask_at_start;

#define SIGNAL_BIT(signo) (1ull << ((signo) - 1))

void ip_suspend_inherited(void) {
  uint64_t ours = SIGNAL_BIT(IP_SUSPEND_SIGNAL), both = ours | SIGNAL_BIT(SIGCONT);
  struct timespec none = {0, 0};
  siginfo_t info;
  sys4(SYS_rt_sigprocmask, SIG_BLOCK, PTR(&both), PTR(&mask_at_start), 8);
  mask_at_start &= ~ours;
  while (sys4(SYS_rt_sigtimedwait, PTR(&ours), PTR(&info), PTR(&none), 8) > 0)
    if (info.si_code == SI_QUEUE && PTR(info.si_ptr) == IP_HOLD_VALUE) is_held_early = 1;
  sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, PTR(&ours), 0, 8);
}

void ip_suspend_started(int is_member) {
  uint64_t cont = SIGNAL_BIT(SIGCONT), pid = (uint64_t)sys0(SYS_getpid), tid = (uint64_t)sys0(SYS_gettid);
  struct timespec none = {0, 0};
  siginfo_t info;
  if (sys4(SYS_rt_sigtimedwait, PTR(&cont), PTR(&info), PTR(&none), 8) > 0) {
    int is_hold = info.si_code == SI_QUEUE && PTR(info.si_ptr) == IP_HOLD_VALUE;
    is_held_early |= is_hold;
    if (!is_hold && (mask_at_start & cont)) sys3(SYS_rt_sigqueueinfo, pid, SIGCONT, PTR(&info));
  }
  sys4(SYS_rt_sigprocmask, SIG_SETMASK, PTR(&mask_at_start), 0, 8);
  if (!is_held_early) return;
  is_held_early = 0;
  if (is_member)
    send_to_self(IP_HOLD_VALUE);
  else
    sys3(SYS_tgkill, pid, tid, SIGSTOP);
}

#define SA_RESTORER_FLAG 0x04000000ull
void ip_signal_return(void) HIDDEN; /* stubs.S */

/* SA_RESTART, so that calls the kernel can restart by itself never show EINTR; the others are waits.c's. */
void ip_suspend_install(void) {
  own_pid = sys0(SYS_getpid);
  struct kernel_sigaction action = {on_suspend, SA_SIGINFO | SA_RESTART | SA_RESTORER_FLAG, ip_signal_return, ~0ull};
  sys4(SYS_rt_sigaction, IP_SUSPEND_SIGNAL, PTR(&action), PTR(&libc_action), 8);
  if (libc_action.handler == on_suspend) libc_action.handler = NULL;
  if (ip_state.threads) return;
  /* Address space only: what is used of it is touched. */
  uint64_t threads = MAX_THREADS * sizeof(struct ip_thread), signals = MAX_PENDING * sizeof(struct ip_pending);
  int64_t tables = ip_own_memory(threads + signals);
  if (sys_failed(tables)) return;
  ip_state.threads = (uint64_t)tables;
  ip_state.thread_capacity = MAX_THREADS;
  ip_state.pending = (uint64_t)tables + threads;
  ip_state.pending_capacity = MAX_PENDING;
}

void ip_threads_reset(void) {
  ip_state.thread_count = 0;
  /* A record that is taken but not filled yet must not look like one of an earlier checkpoint. */
  for (uint32_t i = 0, count = pending_taken(); i < count; i++) pending()[i].tid = 0;
  ip_state.pending_count = 0;
}

static int64_t send_suspend(int64_t pid, int32_t tid) {
  siginfo_t info = suspend_info(pid, IP_SUSPEND_VALUE);
  int64_t result;
  uint64_t deadline = now_ns() + 1000000000u;
  /* EAGAIN: the user's limit of queued signals is reached (RLIMIT_SIGPENDING); they are being delivered. */
  do result = sys4(SYS_rt_tgsigqueueinfo, (uint64_t)pid, (uint64_t)tid, IP_SUSPEND_SIGNAL, PTR(&info));
  while (result == -EAGAIN && now_ns() < deadline);
  return result;
}

/* Signals each thread that has no slot yet. Returns how many, or -errno. */
static int64_t signal_new_threads(int64_t pid) {
  char entries[4096];
  int64_t added = 0;
  int64_t dir = sys3(SYS_open, PTR("/proc/self/task"), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (sys_failed(dir)) return dir;
  for (;;) {
    int64_t length = sys3(SYS_getdents64, (uint64_t)dir, PTR(entries), sizeof entries);
    if (length <= 0) break;
    for (int64_t at = 0; at < length;) {
      struct entry {
        uint64_t inode;
        int64_t offset;
        uint16_t length;
        uint8_t type;
        char name[];
      } *e = (struct entry *)(entries + at);
      at += e->length;
      if (e->name[0] < '0' || e->name[0] > '9') continue;
      int32_t tid = (int32_t)ip_parse_decimal(e->name, NULL);
      if (tid == ip_state.service_tid || find_slot(tid)) continue;
      if (ip_state.thread_count + 1 >= ip_state.thread_capacity) {
        sys1(SYS_close, (uint64_t)dir);
        return -EMFILE;
      }
      struct ip_thread *slot = &slots()[ip_state.thread_count];
      slot->tid = tid;
      slot->service = 0;
      slot->command = IP_COMMAND_NONE;
      slot->pending_count = 0;
      slot->pending_lost = 0;
      ip_read_current_call(slot);
      ip_store(&slot->state, IP_THREAD_SIGNALLED);
      ip_store(&ip_state.thread_count, ip_state.thread_count + 1);
      if (sys_failed(send_suspend(pid, tid))) ip_store(&slot->state, IP_THREAD_GONE);
      added++;
    }
  }
  sys1(SYS_close, (uint64_t)dir);
  return added;
}

/* A zombie thread (a leader that called pthread_exit) can never park; it has nothing to save either. */
static int is_dead(int64_t pid, int32_t tid) {
  return sys_failed(sys3(SYS_tgkill, (uint64_t)pid, (uint64_t)tid, 0)) || ip_thread_is_zombie(tid);
}

/* A thread that libc keeps deaf while it ends or starts another may wait for a lock of a parked one. */
enum { DEAF_AFTER_NS = 20000000 };

/* 0: everybody stands still; -EAGAIN: let them go and begin anew; -ETIMEDOUT. */
static int64_t wait_parked(int64_t pid, uint64_t deadline) {
  uint64_t began = now_ns();
  for (uint32_t i = 0; i < ip_state.thread_count; i++) {
    struct ip_thread *slot = &slots()[i];
    for (uint32_t state; (state = ip_load(&slot->state)) == IP_THREAD_SIGNALLED || state == IP_THREAD_ARRIVING;) {
      ip_futex_wait(&slot->state, state, 5000000u);
      state = ip_load(&slot->state);
      if (now_ns() > deadline && state != IP_THREAD_PARKED) return -ETIMEDOUT;
      if (state != IP_THREAD_SIGNALLED) continue; /* in the handler all signals are blocked, which says nothing */
      if (is_dead(pid, slot->tid)) ip_store(&slot->state, IP_THREAD_GONE);
      if (now_ns() - began > DEAF_AFTER_NS && !ip_load(&ip_state.stopped) && ip_thread_blocks(slot->tid, IP_SUSPEND_SIGNAL)) return -EAGAIN;
    }
  }
  return 0;
}

/* Waits until no slot is in one of these states, given as bits. */
static void wait_past(uint32_t states) {
  for (uint32_t i = 0; i < ip_state.thread_count; i++) {
    struct ip_thread *slot = &slots()[i];
    for (uint32_t state; states >> (state = ip_load(&slot->state)) & 1;)
      ip_futex_wait(&slot->state, state, 10000000u);
  }
}

int64_t ip_resume(void) {
  /* A thread that is still on its way into the handler finds its slot withdrawn. */
  for (uint32_t i = 0; i < ip_state.thread_count; i++) {
    uint32_t expected = IP_THREAD_SIGNALLED;
    __atomic_compare_exchange_n(&slots()[i].state, &expected, IP_THREAD_GONE, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  }
  if (ip_state.dumpable != 1) sys2(SYS_prctl, PR_SET_DUMPABLE, (uint64_t)ip_state.dumpable);
  ip_store(&ip_state.resume_word, ip_state.resume_word + 1);
  ip_futex_wake_all(&ip_state.resume_word);
  wait_past(1u << IP_THREAD_ARRIVING | 1u << IP_THREAD_PARKED | 1u << IP_THREAD_RESTORED);
  ip_store(&ip_state.release_word, ip_state.release_word + 1);
  ip_futex_wake_all(&ip_state.release_word);
  wait_past(1u << IP_THREAD_READY);
  ip_threads_reset();
  return 0;
}

static int64_t suspend_once(int64_t pid, uint64_t deadline) {
  ip_threads_reset();
  ip_state.dumpable = (int32_t)sys2(SYS_prctl, PR_GET_DUMPABLE, 0);
  if (ip_state.dumpable != 1) sys2(SYS_prctl, PR_SET_DUMPABLE, 1); /* else /proc/self is root's (proc(5)) */
  for (;;) {
    int64_t added = signal_new_threads(pid);
    if (added == 0) return 0; /* a whole pass met nobody new, and everybody known stands still */
    int64_t outcome = added < 0 ? added : wait_parked(pid, deadline);
    if (outcome < 0) {
      ip_resume();
      return outcome;
    }
  }
}

int64_t ip_suspend(uint64_t timeout_ms) {
  int64_t pid = sys0(SYS_getpid), outcome;
  uint64_t deadline = now_ns() + timeout_ms * 1000000u;
  do outcome = suspend_once(pid, deadline);
  while (outcome == -EAGAIN && now_ns() < deadline);
  if (outcome < 0) return outcome == -EAGAIN ? -ETIMEDOUT : outcome;
  /* The service thread has no signal frame, but a slot like the others, behind them. */
  struct ip_thread *own = &slots()[ip_state.thread_count];
  own->tid = ip_state.service_tid;
  own->service = 1;
  own->state = IP_THREAD_FREE;
  own->user_context = 0;
  own->pending_count = 0;
  own->call_number = -1;
  ip_record_thread(own);
  return ip_state.thread_count;
}

int64_t ip_collect_signals(void) {
  for (uint32_t i = 0; i < ip_state.thread_count; i++) {
    struct ip_thread *slot = &slots()[i];
    if (ip_load(&slot->state) != IP_THREAD_PARKED) continue;
    uint64_t private_set = 0, shared_set = 0;
    if (!ip_read_pending_sets(slot->tid, &private_set, &shared_set)) continue;
    if (!private_set && !(shared_set && slot->tid == (int32_t)sys0(SYS_getpid))) continue;
    ip_store(&slot->command, IP_COMMAND_COLLECT);
    /* The thread sleeps on resume_word; a wake without a change makes it look at its command. */
    while (ip_load(&slot->command) == IP_COMMAND_COLLECT) {
      ip_futex_wake_all(&ip_state.resume_word);
      ip_futex_wait(&slot->command, IP_COMMAND_COLLECT, 1000000u);
    }
    if (slot->pending_lost) return -EOVERFLOW;
  }
  return 0;
}

int64_t ip_wait_restored(uint64_t timeout_ms) {
  uint64_t deadline = now_ns() + timeout_ms * 1000000u;
  for (uint32_t i = 0; i < ip_state.thread_count; i++) {
    struct ip_thread *slot = &slots()[i];
    while (ip_load(&slot->state) == IP_THREAD_PARKED) {
      if (now_ns() > deadline) return -ETIMEDOUT;
      ip_futex_wait(&slot->state, IP_THREAD_PARKED, 5000000u);
    }
  }
  return 0;
}
