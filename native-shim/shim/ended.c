/*
 * A process has ended when its last thread has (wait(2)); its files are closed earlier, as soon as the program's own
 * threads have gone. Between the two lies the end of our thread, which then has to give the memory back. Who sees a
 * connection of the process closed and asks once, without waiting, for its status would often be told that it lives:
 * MPICH's process manager then takes it that the rank ended well. Such a question is answered when the end has come.
 *
 * Only for who is not told of ended children by SIGCHLD, and only for a child all of whose threads are ending, which
 * nothing can keep from it. The call may be made in a signal handler (signal-safety(7)): no allocation, no stdio.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "real.h"
#include "shim.h"
#include "sys.h"
#include "text.h"

enum {
  PF_EXITING = 0x4,              /* include/linux/sched.h: the thread is giving back what it has */
  FLAGS_FIELD = 9,               /* of /proc/PID/stat, counted from 1, proc_pid_stat(5) */
  PENDING_FIELD = 31,
  KILL_PENDING = 1 << (SIGKILL - 1), /* a process that ends sends it to each of its threads */
  STAT_SIZE = 1024,
  LOOKS = 100, /* at a thread that may just have taken the signal that ends it, which shows nothing for a moment */
  BETWEEN_LOOKS_NS = 100000,
};

enum outlook { LIVES, ENDS, RUNS /* nobody knows where to */ };

/* Copies without the NUL; the place behind. */
static char *put_text(char *at, const char *text) {
  while (*text) *at++ = *text++;
  return at;
}

static char *put_number(char *at, uint64_t number) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *at++ = digits[--count];
  return at;
}

static enum outlook look_at(uint64_t pid, uint64_t tid) {
  char path[64], text[STAT_SIZE];
  *put_text(put_number(put_text(put_number(put_text(path, "/proc/"), pid), "/task/"), tid), "/stat") = 0;
  int64_t length = ip_read_file(path, text, sizeof text);
  if (length <= 0) return ENDS; /* gone */
  while (length > 0 && text[length - 1] != ')') length--; /* the name before it may hold anything */
  const char *at = text + length;
  int is_running = at[0] == ' ' && at[1] == 'R';
  for (int field = 3; field <= PENDING_FIELD; field++) {
    while (*at == ' ') at++;
    uint64_t value = ip_parse_decimal(at, NULL);
    if (field == FLAGS_FIELD && (value & PF_EXITING)) return ENDS;
    if (field == PENDING_FIELD && (value & KILL_PENDING)) return ENDS;
    while (*at && *at != ' ') at++;
  }
  return is_running ? RUNS : LIVES;
}

/* Calls for each number that is the name of an entry, until one call gives something; that, or 0. */
static uint64_t each_number(const char *path, uint64_t (*call)(uint64_t number, uint64_t argument), uint64_t argument) {
  char entries[2048];
  uint64_t found = 0;
  int64_t fd = sys3(SYS_open, PTR(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), length;
  if (sys_failed(fd)) return 0;
  while (!found && (length = sys3(SYS_getdents64, (uint64_t)fd, PTR(entries), sizeof entries)) > 0)
    for (int64_t at = 0; !found && at < length;) {
      const char *entry = entries + at; /* struct linux_dirent64, getdents(2): length at 16, name at 19 */
      at += *(const uint16_t *)(entry + 16);
      if (entry[19] >= '0' && entry[19] <= '9') found = call(ip_parse_decimal(entry + 19, NULL), argument);
    }
  sys1(SYS_close, (uint64_t)fd);
  return found;
}

enum { STAYS = 1, MAY_STAY = 2 };

static uint64_t stays(uint64_t tid, uint64_t pid) {
  enum outlook outlook = look_at(pid, tid);
  return outlook == ENDS ? 0 : outlook == LIVES ? STAYS : MAY_STAY;
}

static int ends(uint64_t pid) {
  char path[64];
  struct timespec pause = {0, BETWEEN_LOOKS_NS};
  *put_text(put_number(put_text(path, "/proc/"), pid), "/task") = 0;
  for (int i = 0; i < LOOKS && look_at(pid, pid) == ENDS; i++) {
    uint64_t others = each_number(path, stays, pid);
    if (others != MAY_STAY) return !others;
    sys2(SYS_nanosleep, PTR(&pause), 0);
  }
  return 0;
}

/* The first child of the thread that is ending, or 0. */
static uint64_t child_that_ends(uint64_t tid, uint64_t ignored) {
  char path[64], text[4096];
  (void)ignored;
  *put_text(put_number(put_text(path, "/proc/self/task/"), tid), "/children") = 0;
  if (ip_read_file(path, text, sizeof text) <= 0) return 0;
  for (const char *at = text; *at >= '0' && *at <= '9';) {
    uint64_t pid = ip_parse_decimal(at, &at);
    if (ends(pid)) return pid;
    while (*at == ' ') at++;
  }
  return 0;
}

/* Waits until a child that is ending has ended. Whether there was one; errno stays. */
static int await(int64_t pid) {
  struct kernel_sigaction action;
  if (sys4(SYS_rt_sigaction, SIGCHLD, 0, PTR(&action), 8) || PTR(action.handler) != PTR(SIG_DFL)) return 0;
  uint64_t child = pid <= 0 ? each_number("/proc/self/task", child_that_ends, 0) : ends((uint64_t)pid) ? (uint64_t)pid : 0;
  return child && !sys5(SYS_waitid, P_PID, child, 0, WEXITED | WNOWAIT, 0);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options) {
  pid_t ended = REAL(waitpid)(pid, status, options);
  return ended == 0 && await(pid) ? REAL(waitpid)(pid, status, options) : ended;
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  pid_t ended = REAL(wait4)(pid, status, options, usage);
  return ended == 0 && await(pid) ? REAL(wait4)(pid, status, options, usage) : ended;
}
