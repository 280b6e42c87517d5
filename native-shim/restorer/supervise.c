/*
 * What stays of `interpose restart`: a process that passes signals on to the restored one and ends as it ends. Also
 * the init of a new pid namespace, where it reaps orphans.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "restorer.h"

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

static void reap(int32_t child) {
  int32_t status, pid;
  while ((pid = (int32_t)sys4(SYS_wait4, (uint64_t)-1, PTR(&status), WNOHANG | WUNTRACED | __WALL, 0)) > 0) {
    if (pid != child) continue;
    if (WIFEXITED(status)) sys1(SYS_exit_group, (uint64_t)WEXITSTATUS(status));
    if (WIFSIGNALED(status)) end_by_signal(WTERMSIG(status));
    if (WIFSTOPPED(status)) sys2(SYS_kill, (uint64_t)sys0(SYS_getpid), SIGSTOP); /* the shell sees a stopped job */
  }
}

/* A terminal sends to the whole foreground group: the restored process got that signal already. */
static int from_terminal(const siginfo_t *info) {
  return info->si_code == SI_KERNEL &&
         (info->si_signo == SIGINT || info->si_signo == SIGQUIT || info->si_signo == SIGTSTP ||
          info->si_signo == SIGWINCH || info->si_signo == SIGHUP);
}

_Noreturn void supervise(int32_t child) {
  uint64_t all = ~0ull;
  siginfo_t info;
  sys3(SYS_close_range, 3, UINT32_MAX, 0);
  for (;;) {
    int64_t signo = sys4(SYS_rt_sigtimedwait, PTR(&all), PTR(&info), 0, 8);
    if (signo == SIGCHLD)
      reap(child);
    else if (signo > 0 && !from_terminal(&info))
      sys2(SYS_kill, (uint64_t)child, (uint64_t)signo);
    else if (signo < 0 && signo != -EINTR && signo != -EAGAIN)
      sys1(SYS_exit_group, 1);
  }
}
