/*
 * A signal makes a blocking write return with what it has written so far, and a handler's flags do not change that
 * (signal(7)). A program without handlers never sees it, and few expect it of a pipe. So when the suspension has cut such
 * a call short, the thread goes on with the rest and returns the sum.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "shim.h"
#include "sys.h"

extern const uint8_t ip_syscall_return[] HIDDEN; /* syscall.S */
extern const uint8_t ip_finish_write[] HIDDEN, ip_finish_sendto[] HIDDEN, ip_finish_recvfrom[] HIDDEN;

enum { RED_ZONE = 128, KEPT = 5, STUB = 7, PAGE_MASK = 4095 };

/* Which call it was: only if that is beyond doubt, for guessing wrong would write where the program has read. */
static int64_t number_of(uint64_t pc, uint64_t sp) {
  const uint8_t *code = (const uint8_t *)(uintptr_t)pc;
  if (pc == PTR(ip_syscall_return)) return *(const int64_t *)(uintptr_t)sp;
  /* mov $number,%eax; syscall: so do libc's write, send and recv look, and ours. */
  return code[-7] == 0xb8 && code[-5] == 0 && code[-4] == 0 && code[-3] == 0 ? code[-6] : -1;
}

/* Who does not wait is content with a part. Of a file, a part means that there is no room for more. */
static int waits(int fd, int is_stream) {
  struct stat s;
  int64_t flags = sys3(SYS_fcntl, (uint64_t)fd, F_GETFL, 0);
  if (sys_failed(flags) || (flags & O_NONBLOCK)) return 0;
  if (is_stream) return 1;
  return !sys_failed(sys2(SYS_fstat, (uint64_t)fd, PTR(&s))) &&
         (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode) || S_ISCHR(s.st_mode));
}

/* The thread has just returned from a system call: only that leaves its address in rcx as well. */
void ip_finish_cut_call(ucontext_t *uc) {
  greg_t *r = uc->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)(uintptr_t)r[REG_RIP], *finish = NULL;
  if (r[REG_RAX] >= r[REG_RDX]) return;
  if ((r[REG_RIP] & PAGE_MASK) < STUB) return; /* what is before may not be mapped */
  if (code[-2] != 0x0f || code[-1] != 0x05) return;
  switch (number_of((uint64_t)r[REG_RIP], (uint64_t)r[REG_RSP])) {
  case SYS_write:
    if (waits((int)r[REG_RDI], 0)) finish = ip_finish_write;
    break;
  case SYS_sendto:
    if (!(r[REG_R10] & MSG_DONTWAIT) && waits((int)r[REG_RDI], 1)) finish = ip_finish_sendto;
    break;
  case SYS_recvfrom:
    if ((r[REG_R10] & (MSG_WAITALL | MSG_DONTWAIT | MSG_PEEK)) == MSG_WAITALL && waits((int)r[REG_RDI], 1))
      finish = ip_finish_recvfrom;
    break;
  }
  if (!finish) return;
  int64_t *kept = (int64_t *)(uintptr_t)(r[REG_RSP] - RED_ZONE) - KEPT;
  kept[0] = r[REG_RAX];
  kept[1] = r[REG_RDI];
  kept[2] = r[REG_RSI];
  kept[3] = r[REG_RDX];
  kept[4] = r[REG_RIP];
  r[REG_RSI] += r[REG_RAX];
  r[REG_RDX] -= r[REG_RAX];
  r[REG_RSP] = (greg_t)PTR(kept);
  r[REG_RIP] = (greg_t)PTR(finish);
}
