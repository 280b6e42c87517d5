/*
 * The functions of interpose.h. What they keep is memory of the process: it is in the picture, so a restarted life knows
 * what was asked for in the first.
 */
#define _GNU_SOURCE
#include "interpose.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "application.h"
#include "excluded.h"
#include "futex.h"
#include "shim.h"
#include "sys.h"

enum { CALLBACKS = 64 };

static struct ip_application table;

static struct callback {
  void (*function)(void *);
  int (*open_again)(int, void *); /* of a REOPENED one */
  void *argument;
  int moment;
  int fd, flags;
} callbacks[CALLBACKS];
enum { REOPENED = -1 };
static uint32_t callback_count;

static uint32_t wanted;  /* a checkpoint is asked for */
static uint32_t ended;   /* changes at the end of each; a futex */
static int32_t outcome;  /* of the last */
static char error[512];
static uint32_t restarts;
static uint32_t delays;  /* sections under way, of all threads; a futex */
static uint32_t closed;  /* a checkpoint is about to begin: nobody new enters; a futex */
static SHIM_THREAD uint32_t own_delays;

static uint32_t turn; /* counts the turns of the thread that calls back, odd while it has something to do; a futex */
static int turn_moment;
static int is_ready; /* there is such a thread */
static SHIM_THREAD int calls_back;

static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;

static int is_member(void) { return ip_state.env_coordinator[0] != 0; }

EXPORT int interpose_running(void) { return is_member(); }

EXPORT unsigned interpose_generation(void) { return is_member() ? ip_load(&restarts) : 0; }

EXPORT const char *interpose_error(void) { return error; }

EXPORT int interpose_checkpoint(void) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (own_delays || calls_back) return -EDEADLK;
  int32_t service = ip_state.service_tid;
  uint32_t before = ip_load(&ended);
  if (ip_load((uint32_t *)&ip_state.connection) == (uint32_t)-1 || !service) return -ENOTCONN;
  ip_store(&wanted, 1);
  siginfo_t info = {0};
  info.si_signo = IP_SUSPEND_SIGNAL;
  info.si_code = SI_QUEUE;
  info.si_ptr = (void *)(uintptr_t)IP_ASK_VALUE;
  while (ip_load(&ended) == before) {
    /* Again and again: the service thread may have looked just before the signal, and be about to wait. */
    if (ip_load(&wanted))
      sys4(SYS_rt_tgsigqueueinfo, (uint64_t)sys0(SYS_getpid), (uint64_t)service, IP_SUSPEND_SIGNAL, PTR(&info));
    ip_futex_wait(&ended, before, 50000000u);
  }
  return __atomic_load_n(&outcome, __ATOMIC_ACQUIRE);
}

int ip_application_wants(void) { return ip_load(&wanted) && __atomic_exchange_n(&wanted, 0, __ATOMIC_ACQ_REL); }

void ip_application_ended(int64_t result, const char *why) {
  size_t length = why ? strnlen(why, sizeof error - 1) : 0;
  if (length) memcpy(error, why, length);
  error[length] = 0;
  __atomic_store_n(&outcome, (int32_t)result, __ATOMIC_RELEASE);
  __atomic_fetch_add(&ended, 1, __ATOMIC_ACQ_REL);
  ip_futex_wake_all(&ended);
}

EXPORT int interpose_delay(void) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (!own_delays && !calls_back)
    for (;;) {
      while (ip_load(&closed)) ip_futex_wait(&closed, 1, 0);
      __atomic_fetch_add(&delays, 1, __ATOMIC_SEQ_CST);
      if (!__atomic_load_n(&closed, __ATOMIC_SEQ_CST)) break;
      __atomic_fetch_sub(&delays, 1, __ATOMIC_SEQ_CST); /* it was faster */
      ip_futex_wake_all(&delays);
    }
  own_delays++;
  return INTERPOSE_RESUMED;
}

EXPORT int interpose_allow(void) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (!own_delays) return -EINVAL;
  if (--own_delays == 0 && !calls_back && __atomic_sub_fetch(&delays, 1, __ATOMIC_SEQ_CST) == 0) ip_futex_wake_all(&delays);
  return INTERPOSE_RESUMED;
}

EXPORT int interpose_exclude_memory(const void *start, size_t length) {
  if (!is_member()) return INTERPOSE_ABSENT;
  pthread_mutex_lock(&registering);
  int result = ip_excluded_add(PTR(start), length);
  pthread_mutex_unlock(&registering);
  return result ? result : INTERPOSE_RESUMED;
}

EXPORT int interpose_include_memory(const void *start) {
  if (!is_member()) return INTERPOSE_ABSENT;
  pthread_mutex_lock(&registering);
  int result = ip_excluded_remove(PTR(start));
  pthread_mutex_unlock(&registering);
  return result ? result : INTERPOSE_RESUMED;
}

EXPORT int interpose_ignore_leak(int fd) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (fd < 0) return -EBADF;
  int result = -ENOSPC;
  pthread_mutex_lock(&registering);
  if (table.ignored_count < IP_IGNORED_FDS) {
    table.ignored[table.ignored_count] = fd;
    ip_store(&table.ignored_count, table.ignored_count + 1);
    __atomic_store_n(&ip_state.application, PTR(&table), __ATOMIC_RELEASE);
    result = INTERPOSE_RESUMED;
  }
  pthread_mutex_unlock(&registering);
  return result;
}

/* Something harmless keeps its number meanwhile. */
static void close_for_now(struct callback *one) {
  int64_t flags = sys3(SYS_fcntl, (uint64_t)one->fd, F_GETFD, 0);
  int64_t nothing = sys4(SYS_openat, (uint64_t)AT_FDCWD, PTR("/dev/null"), O_RDWR | O_CLOEXEC, 0);
  one->flags = sys_failed(flags) || sys_failed(nothing) ? -1 : (int)flags; /* -1: the program has closed it */
  if (one->flags >= 0) sys3(SYS_dup3, (uint64_t)nothing, (uint64_t)one->fd, one->flags & FD_CLOEXEC ? O_CLOEXEC : 0);
  if (!sys_failed(nothing)) sys1(SYS_close, (uint64_t)nothing);
}

static void open_again(struct callback *one) {
  if (one->flags < 0) return;
  int fd = one->open_again(one->fd, one->argument);
  if (fd < 0 || fd == one->fd) return;
  sys3(SYS_dup3, (uint64_t)fd, (uint64_t)one->fd, one->flags & FD_CLOEXEC ? O_CLOEXEC : 0);
  sys1(SYS_close, (uint64_t)fd);
}

static void call_all(int moment, uint32_t count) {
  for (uint32_t i = 0; moment != INTERPOSE_BEFORE_CHECKPOINT && i < count; i++)
    if (callbacks[i].moment == REOPENED) open_again(&callbacks[i]);
  for (uint32_t i = 0; i < count; i++)
    if (callbacks[i].moment == moment) callbacks[i].function(callbacks[i].argument);
  for (uint32_t i = 0; moment == INTERPOSE_BEFORE_CHECKPOINT && i < count; i++)
    if (callbacks[i].moment == REOPENED) close_for_now(&callbacks[i]);
}

/* The program's own thread in every respect: what it opens is the program's, and it may take the program's locks. */
static void *call_back(void *unused) {
  (void)unused;
  calls_back = 1;
  for (uint32_t now;;) {
    while (!((now = ip_load(&turn)) & 1)) ip_futex_wait(&turn, now, 0);
    call_all(turn_moment, ip_load(&callback_count));
    ip_store(&turn, now + 1);
    ip_futex_wake_all(&turn);
  }
  return NULL;
}

static int add(struct callback new) {
  int result = -ENOSPC;
  pthread_mutex_lock(&registering);
  if (callback_count < CALLBACKS) {
    callbacks[callback_count] = new;
    ip_store(&callback_count, callback_count + 1);
    result = INTERPOSE_RESUMED;
    if (!is_ready) {
      pthread_t thread;
      sigset_t all, old;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &old);
      int failed = pthread_create(&thread, NULL, call_back, NULL);
      pthread_sigmask(SIG_SETMASK, &old, NULL);
      if (!failed) pthread_detach(thread);
      is_ready = !failed;
      result = failed ? -failed : result;
    }
  }
  pthread_mutex_unlock(&registering);
  return result;
}

EXPORT int interpose_on(int moment, void (*function)(void *), void *argument) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (!function || moment < INTERPOSE_BEFORE_CHECKPOINT || moment > INTERPOSE_AFTER_RESTART) return -EINVAL;
  return add((struct callback){.function = function, .argument = argument, .moment = moment});
}

EXPORT int interpose_reopen(int fd, int (*function)(int, void *), void *argument) {
  if (!is_member()) return INTERPOSE_ABSENT;
  if (!function) return -EINVAL;
  if (sys_failed(sys3(SYS_fcntl, (uint64_t)fd, F_GETFD, 0))) return -EBADF;
  return add((struct callback){.open_again = function, .argument = argument, .moment = REOPENED, .fd = fd, .flags = -1});
}

/* 0, or -ETIMEDOUT. */
static int64_t wait_until_changed(uint32_t *word, uint32_t value, uint64_t steps) {
  for (uint64_t i = 0; ip_load(word) == value; i++) {
    if (i == steps) return -ETIMEDOUT;
    ip_futex_wait(word, value, 1000000u);
  }
  return 0;
}

static uint32_t begin_turn(int moment) {
  uint32_t now = ip_load(&turn);
  turn_moment = moment;
  ip_store(&turn, now + 1);
  ip_futex_wake_all(&turn);
  return now + 1;
}

static int64_t prepare(uint64_t timeout_ms) {
  __atomic_store_n(&closed, 1, __ATOMIC_SEQ_CST);
  for (uint32_t now; (now = __atomic_load_n(&delays, __ATOMIC_SEQ_CST)) != 0;)
    if (wait_until_changed(&delays, now, timeout_ms)) return -EBUSY;
  if (!is_ready) return 0;
  uint32_t now = ip_load(&turn);
  if ((now & 1) && wait_until_changed(&turn, now, timeout_ms)) return -ETIMEDOUT;
  return wait_until_changed(&turn, begin_turn(INTERPOSE_BEFORE_CHECKPOINT), timeout_ms);
}

int64_t ip_application_before(uint64_t timeout_ms) {
  ip_gate_leave(); /* the program may fork meanwhile */
  int64_t result = prepare(timeout_ms);
  ip_gate_enter();
  return result;
}

void ip_application_after(int32_t restarted) {
  if (restarted) {
    ip_store(&restarts, restarts + 1);
    ip_application_ended(INTERPOSE_RESTARTED, NULL);
  }
  ip_store(&closed, 0);
  ip_futex_wake_all(&closed);
  if (is_ready && !(ip_load(&turn) & 1)) begin_turn(restarted ? INTERPOSE_AFTER_RESTART : INTERPOSE_AFTER_RESUME);
}

void ip_application_forked(void) {
  delays = own_delays ? 1 : 0;
  closed = wanted = turn = 0;
  is_ready = 0;
  callback_count = 0;
  calls_back = 0;
  pthread_mutex_init(&registering, NULL);
}
