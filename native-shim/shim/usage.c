/*
 * CPU time and resource usage, which the kernel counts from the start of a process and nobody can set: in a restored
 * life what was used before is added. Threads that park note their own time, the picture notes the process's.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

struct usage {
  int64_t cpu; /* ns */
  int64_t user, system, children_user, children_system; /* us */
  struct rusage own, children; /* their counts; times are above */
  int64_t ticks; /* what times(2) returns */
};

static struct usage taken, before; /* at the picture; what this life does not count by itself */
static int is_restored;
static SHIM_THREAD struct {
  int64_t cpu, user, system;
} thread_taken, thread_before;

static int64_t cpu_of(clockid_t clock) {
  struct timespec t = {0};
  sys2(SYS_clock_gettime, (uint64_t)clock, PTR(&t));
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t us(struct timeval t) { return t.tv_sec * 1000000 + t.tv_usec; }

static struct timeval timeval(int64_t us) { return (struct timeval){us / 1000000, us % 1000000}; }

/* a += sign * b, but for times and the peak. */
static void add_counts(struct rusage *a, const struct rusage *b, long sign) {
  a->ru_minflt += sign * b->ru_minflt;
  a->ru_majflt += sign * b->ru_majflt;
  a->ru_inblock += sign * b->ru_inblock;
  a->ru_oublock += sign * b->ru_oublock;
  a->ru_nvcsw += sign * b->ru_nvcsw;
  a->ru_nivcsw += sign * b->ru_nivcsw;
}

static void add(struct usage *a, const struct usage *b, long sign) {
  a->cpu += sign * b->cpu;
  a->user += sign * b->user;
  a->system += sign * b->system;
  a->children_user += sign * b->children_user;
  a->children_system += sign * b->children_system;
  a->ticks += sign * b->ticks;
  add_counts(&a->own, &b->own, sign);
  add_counts(&a->children, &b->children, sign);
}

/* What the kernel counts for this life. */
static struct usage now(void) {
  struct usage u = {.cpu = cpu_of(CLOCK_PROCESS_CPUTIME_ID)};
  struct tms ignored;
  sys2(SYS_getrusage, (uint64_t)RUSAGE_SELF, PTR(&u.own));
  sys2(SYS_getrusage, (uint64_t)RUSAGE_CHILDREN, PTR(&u.children));
  u.ticks = sys1(SYS_times, PTR(&ignored));
  u.user = us(u.own.ru_utime);
  u.system = us(u.own.ru_stime);
  u.children_user = us(u.children.ru_utime);
  u.children_system = us(u.children.ru_stime);
  return u;
}

static long larger(long a, long b) { return a > b ? a : b; }

void ip_usage_take(void) {
  taken = now();
  add(&taken, &before, 1);
  taken.own.ru_maxrss = larger(taken.own.ru_maxrss, before.own.ru_maxrss);
  taken.children.ru_maxrss = larger(taken.children.ru_maxrss, before.children.ru_maxrss);
}

void ip_usage_restored(void) {
  struct usage here = now();
  before = taken;
  add(&before, &here, -1);
  is_restored = 1;
}

void ip_usage_take_thread(void) {
  struct rusage own;
  sys2(SYS_getrusage, RUSAGE_THREAD, PTR(&own));
  thread_taken.cpu = cpu_of(CLOCK_THREAD_CPUTIME_ID) + thread_before.cpu;
  thread_taken.user = us(own.ru_utime) + thread_before.user;
  thread_taken.system = us(own.ru_stime) + thread_before.system;
}

void ip_usage_thread_restored(void) {
  struct rusage own;
  sys2(SYS_getrusage, RUSAGE_THREAD, PTR(&own));
  thread_before.cpu = thread_taken.cpu - cpu_of(CLOCK_THREAD_CPUTIME_ID);
  thread_before.user = thread_taken.user - us(own.ru_utime);
  thread_before.system = thread_taken.system - us(own.ru_stime);
}

void ip_usage_forked(void) {
  memset(&before, 0, sizeof before);
  is_restored = 0;
  memset(&thread_before, 0, sizeof thread_before);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *t) {
  int result = REAL(clock_gettime)(clock, t);
  if (__builtin_expect(!is_restored, 1) || result != 0) return result;
  if (clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID) return result;
  int64_t ns = t->tv_sec * 1000000000 + t->tv_nsec;
  ns += clock == CLOCK_PROCESS_CPUTIME_ID ? before.cpu : thread_before.cpu;
  *t = (struct timespec){ns / 1000000000, ns % 1000000000};
  return 0;
}

EXPORT clock_t clock(void) {
  clock_t result = REAL(clock)();
  return result == -1 ? result : result + before.cpu / (1000000000 / CLOCKS_PER_SEC);
}

EXPORT int getrusage(__rusage_who_t who, struct rusage *usage) {
  int result = REAL(getrusage)(who, usage);
  if (result != 0 || !is_restored) return result;
  int64_t user = before.user, system = before.system;
  const struct rusage *counts = &before.own;
  if (who == RUSAGE_CHILDREN) {
    user = before.children_user;
    system = before.children_system;
    counts = &before.children;
  } else if (who == RUSAGE_THREAD) {
    user = thread_before.user;
    system = thread_before.system;
    counts = NULL; /* a thread's are not kept */
  }
  usage->ru_utime = timeval(us(usage->ru_utime) + user);
  usage->ru_stime = timeval(us(usage->ru_stime) + system);
  if (counts) {
    add_counts(usage, counts, 1);
    usage->ru_maxrss = larger(usage->ru_maxrss, counts->ru_maxrss);
  }
  return result;
}

EXPORT clock_t times(struct tms *t) {
  clock_t result = REAL(times)(t);
  if (!is_restored) return result;
  if (t) {
    const int64_t tick = 1000000 / sysconf(_SC_CLK_TCK);
    t->tms_utime += before.user / tick;
    t->tms_stime += before.system / tick;
    t->tms_cutime += before.children_user / tick;
    t->tms_cstime += before.children_system / tick;
  }
  return result + before.ticks;
}

/* The wrappers may be called in signal handlers, where nothing can be looked up any more. */
void ip_usage_install(void) {
  struct timespec t;
  struct rusage usage;
  clock_gettime(CLOCK_MONOTONIC, &t);
  clock();
  getrusage(RUSAGE_SELF, &usage);
  times(NULL);
}
