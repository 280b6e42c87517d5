/*
 * Capabilities and what decides about them belong to a thread. When a program of one thread changes its own and then
 * its user by libc, libc lets every thread do the same, and aborts the program if ours answers differently: so ours
 * makes every such change too. It must not keep privileges that the program has given up in any case.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "futex.h"
#include "real.h"
#include "shim.h"
#include "sys.h"

enum { LIMIT_MS = 1000 };

static struct {
  uint32_t pending;
  int64_t number;
  uint64_t arguments[5];
} request;

void ip_repeat_call(void) {
  const uint64_t *a = request.arguments;
  sys5(request.number, a[0], a[1], a[2], a[3], a[4]);
  ip_store(&request.pending, 0);
  ip_futex_wake_all(&request.pending);
}

/* The program has one thread, so there is one request at a time. */
static void repeat(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  int32_t tid = __atomic_load_n(&ip_state.service_tid, __ATOMIC_ACQUIRE);
  if (!ip_state.env_coordinator[0] || !tid || ip_count_threads() != 1) return;
  int64_t pid = sys0(SYS_getpid);
  siginfo_t info = {.si_signo = IP_SUSPEND_SIGNAL, .si_code = SI_QUEUE};
  info.si_pid = (pid_t)pid;
  info.si_ptr = (void *)(uintptr_t)IP_REPEAT_VALUE;
  request.number = number;
  uint64_t arguments[5] = {a, b, c, d, e};
  for (int i = 0; i < 5; i++) request.arguments[i] = arguments[i];
  ip_store(&request.pending, 1);
  if (sys_failed(sys4(SYS_rt_tgsigqueueinfo, (uint64_t)pid, (uint64_t)tid, IP_SUSPEND_SIGNAL, PTR(&info)))) return;
  for (int i = 0; i < LIMIT_MS && ip_load(&request.pending); i++) ip_futex_wait(&request.pending, 1, 1000000u);
}

int capset(cap_user_header_t header, const cap_user_data_t data);

EXPORT int capset(cap_user_header_t header, const cap_user_data_t data) {
  int result = REAL(capset)(header, data);
  if (result == 0) {
    struct __user_cap_header_struct self = {header->version, 0};
    repeat(SYS_capset, PTR(&self), PTR(data), 0, 0, 0);
  }
  return result;
}

EXPORT int prctl(int option, ...) {
  va_list list;
  va_start(list, option);
  unsigned long b = va_arg(list, unsigned long), c = va_arg(list, unsigned long), d = va_arg(list, unsigned long),
                e = va_arg(list, unsigned long);
  va_end(list);
  int result = REAL(prctl)(option, b, c, d, e);
  if (result >= 0 && (option == PR_SET_KEEPCAPS || option == PR_SET_SECUREBITS || option == PR_CAPBSET_DROP ||
                      option == PR_CAP_AMBIENT))
    repeat(SYS_prctl, (uint64_t)option, b, c, d, e);
  return result;
}
