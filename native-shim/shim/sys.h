/* System calls without libc: usable in signal handlers, in the twin and in the restorer; errno is never touched. */
#ifndef INTERPOSE_SYS_H
#define INTERPOSE_SYS_H

#include <stdint.h>
#include <sys/syscall.h>

static inline int64_t sys6(int64_t n, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  int64_t result;
  register uint64_t r10 __asm__("r10") = d;
  register uint64_t r8 __asm__("r8") = e;
  register uint64_t r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
static inline int64_t sys0(int64_t n) { return sys6(n, 0, 0, 0, 0, 0, 0); }
static inline int64_t sys1(int64_t n, uint64_t a) { return sys6(n, a, 0, 0, 0, 0, 0); }
static inline int64_t sys2(int64_t n, uint64_t a, uint64_t b) { return sys6(n, a, b, 0, 0, 0, 0); }
static inline int64_t sys3(int64_t n, uint64_t a, uint64_t b, uint64_t c) { return sys6(n, a, b, c, 0, 0, 0); }
static inline int64_t sys4(int64_t n, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  return sys6(n, a, b, c, d, 0, 0);
}
static inline int64_t sys5(int64_t n, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  return sys6(n, a, b, c, d, e, 0);
}
#define PTR(p) ((uint64_t)(uintptr_t)(p))

static inline int sys_failed(int64_t result) { return result < 0 && result > -4096; }

#endif
