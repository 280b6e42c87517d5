/*
 * What stays of `interpose restart`: a process that passes signals on to the restored program and ends as it ends.
 * With a pid namespace there are two: its init, which also reaps orphans and stays as long as anything lives in there,
 * and the one outside, which init tells what happened to the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "restorer.h"

enum { RUNNING_BARRIER = 2, STARTING_STEP_MS = 100 };
enum { GET_FOREGROUND = 0x540F, SET_FOREGROUND = 0x5410 }; /* TIOCGPGRP, TIOCSPGRP */
enum { CONTINUED_BEHIND = 1, CONTINUED_IN_FRONT = 2, SIGNAL_SHIFT = 8 };

struct kernel_sigaction {
  void *handler;
  uint64_t flags;
  void *restorer;
  uint64_t mask;
};

static _Noreturn void end_by_signal(int signo) {
  struct rlimit none = {0, 0}; /* the restored process has left its core already */
  struct kernel_sigaction usual = {0};
  uint64_t all = 0;
  sys4(SYS_prlimit64, 0, RLIMIT_CORE, PTR(&none), 0);
  sys4(SYS_rt_sigaction, (uint64_t)signo, PTR(&usual), 0, 8);
  sys4(SYS_rt_sigprocmask, SIG_SETMASK, PTR(&all), 0, 8);
  sys2(SYS_kill, (uint64_t)sys0(SYS_getpid), (uint64_t)signo);
  for (;;) sys1(SYS_exit_group, 128 + (uint64_t)signo); /* pid 1 of a namespace is not killed by itself */
}

static const struct supervision *work;
static int64_t terminal = -1; /* /dev/tty */
static int in_front;          /* the terminal is with our processes */
static int resizing;          /* it does not have its own size yet */

static void give_terminal(int32_t group) {
  if (!sys_failed(terminal)) sys3(SYS_ioctl, (uint64_t)terminal, SET_FOREGROUND, PTR(&group));
}

/* The shell that started us gives us the terminal and expects it back. */
static void take_terminal_back(void) {
  if (resizing) resize((uint64_t)terminal, work->terminal);
  resizing = 0;
  if (in_front) give_terminal((int32_t)sys0(SYS_getpgrp));
  in_front = 0;
}

static int has_terminal(void) {
  int32_t group = 0;
  return !sys_failed(terminal) && !sys_failed(sys3(SYS_ioctl, (uint64_t)terminal, GET_FOREGROUND, PTR(&group))) &&
         group == sys0(SYS_getpgrp);
}

_Noreturn void end_as(int32_t status) {
  if (WIFSIGNALED(status)) end_by_signal(WTERMSIG(status));
  for (;;) sys1(SYS_exit_group, (uint64_t)WEXITSTATUS(status));
}

static uint64_t roots_ended;
static int32_t first_status; /* of the first root, once it has ended */
static int finished;

static uint32_t starting(void) {
  return __atomic_load_n(&SHARED->arrived[RUNNING_BARRIER], __ATOMIC_ACQUIRE) < work->processes;
}

/* init tells the process outside, and goes on; the others end. */
static void finish(int32_t status) {
  take_terminal_back();
  if (work->report_fd < 0 || work->init) end_as(status);
  sys3(SYS_write, (uint64_t)work->report_fd, PTR(&status), sizeof status);
  sys1(SYS_close, (uint64_t)work->report_fd);
  sys3(SYS_close_range, 0, 2, 0); /* whoever reads our output must see its end */
  finished = 1;
}

static int can_read(int32_t fd) {
  struct pollfd p = {fd, POLLIN, 0};
  return sys3(SYS_poll, PTR(&p), 1, 0) == 1;
}

/* A checkpoint lets a stopped program go on and stop again: that was before we were continued. */
static void forget_stops(void) {
  siginfo_t info;
  int32_t status;
  do info.si_pid = 0;
  while (!sys_failed(sys5(SYS_waitid, P_ALL, 0, PTR(&info), WSTOPPED | WNOHANG | __WALL, 0)) && info.si_pid != 0);
  while (work->init && can_read(work->report_fd) &&
         sys3(SYS_read, (uint64_t)work->report_fd, PTR(&status), sizeof status) == sizeof status)
    if (!WIFSTOPPED(status)) finish(status);
}

static void stop(void) {
  take_terminal_back();
  sys2(SYS_kill, (uint64_t)sys0(SYS_getpid), SIGSTOP); /* the shell sees a stopped job */
  forget_stops();
}

static void bring_to_front(uint32_t signo);

/*
 * A shell that brings a job to the foreground which runs already tells nobody: it is seen when the program wants the terminal,
 * and the terminal is with us.
 */
static void root_stopped(int32_t status) {
  int wants = WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU;
  if (wants && has_terminal())
    bring_to_front(0);
  else
    stop();
}

static void stopped(int32_t status) {
  if (work->report_fd >= 0 && !work->init)
    sys3(SYS_write, (uint64_t)work->report_fd, PTR(&status), sizeof status);
  else
    root_stopped(status);
}

/* As `fg` and `bg` do with a job (tcsetpgrp(3)): the job is the group of the program. */
static void continue_root(int front, uint32_t signo) {
  int32_t root = work->root_count ? work->roots[0] : 0, group = root ? (int32_t)sys1(SYS_getpgid, (uint64_t)root) : 0;
  if (!root || finished) return;
  if (group <= 0 || group == sys0(SYS_getpgrp)) {
    if (!signo) sys2(SYS_kill, (uint64_t)root, SIGCONT); /* the others are in our group, and got it from the shell */
    return;
  }
  in_front = front;
  if (front) give_terminal(group);
  sys2(SYS_kill, (uint64_t)-group, SIGCONT);
  if (signo) sys2(SYS_kill, (uint64_t)-group, signo);
}

static void root_changed(uint64_t index, int32_t status) {
  if (WIFSTOPPED(status)) {
    if (index == 0) stopped(status);
    return;
  }
  if (index == 0) first_status = status;
  if (++roots_ended == work->root_count) finish(first_status);
}

/* Its death may be seen before its report; nobody writes any more, so that reading does not wait. */
static _Noreturn void end_as_init(int32_t status) {
  int32_t told;
  take_terminal_back();
  while (sys3(SYS_read, (uint64_t)work->report_fd, PTR(&told), sizeof told) == sizeof told)
    if (!WIFSTOPPED(told)) end_as(told);
  end_as(status);
}

static void reap(void) {
  int32_t status;
  int64_t pid;
  while ((pid = sys4(SYS_wait4, (uint64_t)-1, PTR(&status), WNOHANG | WUNTRACED | __WALL, 0)) > 0) {
    if (work->init && pid == work->init && !WIFSTOPPED(status)) end_as_init(status);
    for (uint64_t i = 0; i < work->root_count && !work->init && !finished; i++)
      if (work->roots[i] == pid) root_changed(i, status);
  }
  if (pid == -ECHILD && finished) sys1(SYS_exit_group, 0);
}

/* One process could not be restored: none may stay. */
static void give_up(void) {
  take_terminal_back();
  uint32_t count = __atomic_load_n(&SHARED->created_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; !work->init && i < count && i < sizeof SHARED->created / sizeof *SHARED->created; i++)
    if (SHARED->created[i] > 0) sys2(SYS_kill, (uint64_t)SHARED->created[i], SIGKILL);
  sys1(SYS_exit_group, 1);
}

/*
 * A terminal sends to the whole foreground group: the restored process got that signal already. When the line is cut only
 * the leader of the session hears of it.
 */
static int from_terminal(const struct signalfd_siginfo *info) {
  uint32_t signo = info->ssi_signo;
  if (signo == SIGHUP && sys1(SYS_getsid, 0) == sys0(SYS_getpid)) return 0;
  return info->ssi_code == SI_KERNEL &&
         (signo == SIGINT || signo == SIGQUIT || signo == SIGTSTP || signo == SIGWINCH || signo == SIGHUP);
}

/* init is in the shell's job too, but cannot tell whether that is in the foreground: it waits to be told. */
static void go_on(int front, uint32_t signo) {
  if (work->init) {
    in_front = front;
    __atomic_store_n(&SHARED->continued, (front ? CONTINUED_IN_FRONT : CONTINUED_BEHIND) | signo << SIGNAL_SHIFT, __ATOMIC_RELEASE);
    sys2(SYS_kill, (uint64_t)work->init, SIGCONT);
  } else {
    continue_root(front, signo);
  }
}

static void bring_to_front(uint32_t signo) { go_on(1, signo); }

static void was_continued(void) {
  if (work->init || work->report_fd < 0) {
    go_on(has_terminal(), 0);
  } else {
    uint32_t how = __atomic_exchange_n(&SHARED->continued, 0, __ATOMIC_ACQ_REL);
    if (how) continue_root((how & CONTINUED_IN_FRONT) != 0, how >> SIGNAL_SHIFT);
  }
}

/* A key that means the job, and came to us because the program was in the background. */
static int was_meant_for_program(const struct signalfd_siginfo *info) {
  uint32_t signo = info->ssi_signo;
  return info->ssi_code == SI_KERNEL && (signo == SIGINT || signo == SIGQUIT || signo == SIGTSTP) &&
         (work->init || work->report_fd < 0) && !in_front && has_terminal();
}

static void take_signal(int32_t fd) {
  struct signalfd_siginfo info;
  if (sys3(SYS_read, (uint64_t)fd, PTR(&info), sizeof info) != sizeof info) return;
  if (info.ssi_signo == SIGCHLD) {
    reap();
    return;
  }
  if (info.ssi_signo == SIGCONT) {
    was_continued();
    return;
  }
  if (!finished && was_meant_for_program(&info)) {
    bring_to_front(info.ssi_signo);
    return;
  }
  int32_t target = work->init ? work->init : work->root_count ? work->roots[0] : 0;
  if (target && !finished && !from_terminal(&info)) sys2(SYS_kill, (uint64_t)target, info.ssi_signo);
}

static void take_report(void) {
  int32_t status;
  int64_t n = sys3(SYS_read, (uint64_t)work->report_fd, PTR(&status), sizeof status);
  if (n == sizeof status && WIFSTOPPED(status))
    root_stopped(status);
  else if (n == sizeof status)
    finish(status);
  else if (n == 0)
    reap(); /* init is gone: it is about to be a zombie */
}

_Noreturn void supervise(const struct supervision *s) {
  uint64_t all = ~0ull;
  uint32_t low = s->report_fd >= 3 ? (uint32_t)s->report_fd : 2;
  work = s;
  if (low > 3) sys3(SYS_close_range, 3, low - 1, 0);
  sys3(SYS_close_range, low + 1, UINT32_MAX, 0);
  int64_t signals = sys4(SYS_signalfd4, (uint64_t)-1, PTR(&all), 8, O_NONBLOCK | O_CLOEXEC);
  if (sys_failed(signals)) sys1(SYS_exit_group, 1);
  terminal = sys3(SYS_open, PTR("/dev/tty"), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0);
  in_front = work->terminal && (work->init || work->report_fd < 0);
  resizing = work->terminal && !work->init;
  for (;;) {
    int is_starting = !finished && !work->init && starting();
    if (__atomic_load_n(&SHARED->failed, __ATOMIC_ACQUIRE) && (is_starting || work->init)) give_up();
    if (!is_starting && !work->init && !finished && work->root_count == 0) finish(0); /* all in the background */
    struct pollfd waiting[2] = {{(int)signals, POLLIN, 0}, {work->init ? work->report_fd : -1, POLLIN, 0}};
    sys3(SYS_poll, PTR(waiting), 2, is_starting || resizing ? STARTING_STEP_MS : (uint64_t)-1);
    if (resizing && !is_starting && resize_when_drawn((uint64_t)terminal, work->terminal)) resizing = 0;
    if (waiting[0].revents) take_signal((int32_t)signals);
    if (waiting[1].revents) take_report();
    reap();
  }
}
