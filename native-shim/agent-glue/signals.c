/*
 * The managed runtime wants handlers for SIGSEGV, SIGFPE and a signal of its own, and SIGPIPE ignored. Dispositions
 * belong to the whole process, which is the application's: the runtime is told that it has them, and nothing changes.
 * It loses the conversion of hardware faults into exceptions; the agent checks what it dereferences.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden")))

static struct sigaction pretended[65];

typedef void (*handler_fn)(int);

HIDDEN handler_fn signal(int signo, handler_fn handler) {
  (void)signo;
  (void)handler;
  return SIG_DFL;
}

HIDDEN int sigaction(int signo, const struct sigaction *action, struct sigaction *old) {
  if (signo < 1 || signo > 64) return -1;
  struct sigaction previous = pretended[signo];
  if (action) pretended[signo] = *action;
  if (old) *old = previous;
  return 0;
}
