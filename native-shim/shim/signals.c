/*
 * The suspend signal belongs to the shim: the application cannot block, catch, ignore or wait for it. It sees one
 * real-time signal less (SIGRTMAX is 63), and what it does with signal 64 by number succeeds without effect.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "real.h"
#include "shim.h"

static struct sigaction pretended; /* what the application believes it set for the suspend signal */

EXPORT int __libc_current_sigrtmax(void);
EXPORT int __libc_current_sigrtmax(void) { return IP_SUSPEND_SIGNAL - 1; }

EXPORT int sigaction(int signo, const struct sigaction *action, struct sigaction *old) {
  if (signo != IP_SUSPEND_SIGNAL) return REAL(sigaction)(signo, action, old);
  struct sigaction previous = pretended;
  if (action) pretended = *action;
  if (old) *old = previous;
  return 0;
}

typedef void (*handler_fn)(int);

EXPORT handler_fn signal(int signo, handler_fn handler) {
  if (signo != IP_SUSPEND_SIGNAL) return REAL(signal)(signo, handler);
  handler_fn previous = pretended.sa_handler;
  memset(&pretended, 0, sizeof pretended);
  pretended.sa_handler = handler;
  return previous;
}

static const sigset_t *allowed(int how, const sigset_t *set, sigset_t *copy) {
  if (!set || how == SIG_UNBLOCK || sigismember(set, IP_SUSPEND_SIGNAL) != 1) return set;
  *copy = *set;
  sigdelset(copy, IP_SUSPEND_SIGNAL);
  return copy;
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
  sigset_t copy;
  return REAL(sigprocmask)(how, allowed(how, set, &copy), old);
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
  sigset_t copy;
  return REAL(pthread_sigmask)(how, allowed(how, set, &copy), old);
}

EXPORT int signalfd(int fd, const sigset_t *mask, int flags) {
  sigset_t copy;
  return REAL(signalfd)(fd, allowed(SIG_BLOCK, mask, &copy), flags);
}
