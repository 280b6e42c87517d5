/* Pseudoterminals with the numbers they had, for programs know them by name (/dev/pts/N, ptsname(3)). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "restorer.h"

enum { MOST = 4096 };              /* kernel.pty.max */
static const uint64_t GET_NUMBER = 0x80045430; /* TIOCGPTN */

/* The kernel gives out the lowest number that is free (devpts_new_index): those below are held until ours comes. */
int64_t open_pseudoterminal(const char *path, int64_t index) {
  static int32_t below[MOST];
  uint32_t count = 0;
  int64_t result;
  for (;;) {
    uint32_t number = 0;
    result = sys3(SYS_open, PTR(path), O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
    if (sys_failed(result)) break;
    sys3(SYS_ioctl, (uint64_t)result, GET_NUMBER, PTR(&number));
    if (index < 0 || number == index) break;
    if (number > index || count == MOST) {
      sys1(SYS_close, (uint64_t)result);
      result = -EBUSY;
      break;
    }
    below[count++] = (int32_t)result;
  }
  while (count) sys1(SYS_close, (uint64_t)below[--count]);
  return result;
}
