/* Pseudoterminals with the numbers they had, for programs know them by name (/dev/pts/N, ptsname(3)). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "restorer.h"

enum { MOST = 4096 };              /* kernel.pty.max */
enum { WINDOW_CHANGE = 28 };       /* SIGWINCH */
enum { GET_FOREGROUND = 0x540F, GET_SIZE = 0x5413, SET_SIZE = 0x5414 };
enum { TRIES = 50 };
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

static uint64_t parse(const char *text, int base) {
  uint64_t value = 0;
  for (;; text++) {
    int digit = *text >= '0' && *text <= '9' ? *text - '0' : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10 : 99;
    if (digit >= base) return value;
    value = value * (uint64_t)base + (uint64_t)digit;
  }
}

static const char *field(const char *status, const char *name) {
  for (const char *at = status; *at; at++) {
    uint64_t i = 0;
    while (name[i] && at[i] == name[i]) i++;
    if (!name[i] && (at == status || at[-1] == '\n')) {
      for (at += i; *at == '\t' || *at == ' '; at++) {
      }
      return at;
    }
  }
  return "";
}

/* It has heard that the size has changed, and waits for what comes next. */
static int is_drawn(int32_t group) {
  char path[40] = "/proc/", number[16], status[4096];
  int at = 6, count = 0;
  for (uint32_t rest = (uint32_t)group; count == 0 || rest; rest /= 10) number[count++] = (char)('0' + rest % 10);
  while (count) path[at++] = number[--count];
  for (const char *end = "/status"; *end;) path[at++] = *end++;
  path[at] = 0;
  int64_t fd = sys3(SYS_open, PTR(path), O_RDONLY | O_CLOEXEC, 0);
  if (sys_failed(fd)) return 1;
  int64_t length = sys3(SYS_read, (uint64_t)fd, PTR(status), sizeof status - 1);
  sys1(SYS_close, (uint64_t)fd);
  if (length <= 0) return 1;
  status[length] = 0;
  uint64_t pending = parse(field(status, "ShdPnd:"), 16) | parse(field(status, "SigPnd:"), 16);
  char state = *field(status, "State:");
  return !(pending >> (WINDOW_CHANGE - 1) & 1) && state != 'R' && state != 'D';
}

/* Otherwise there was no need (the first field of the size is 0), or somebody has changed it meanwhile. */
static int is_narrower(uint64_t terminal, const uint16_t *size) {
  uint16_t now[4];
  return size[0] != 0 && !sys_failed(sys3(SYS_ioctl, terminal, GET_SIZE, PTR(now))) && now[0] == size[0] && now[1] == size[1] - 1;
}

/*
 * A program that knows what it has drawn, and finds the size that it knows, draws nothing: so it was given another one, and
 * when it has seen that it gets the right one. Asked by a process that sees the others in /proc by the numbers that the terminal
 * gives it: in a pid namespace that is init.
 */
int resize_when_drawn(uint64_t terminal, const uint16_t *size) {
  static int tries, drawn;
  int32_t group = 0;
  if (!is_narrower(terminal, size)) return 1;
  if (!sys_failed(sys3(SYS_ioctl, terminal, GET_FOREGROUND, PTR(&group))) && group > 0) {
    drawn = is_drawn(group) ? drawn + 1 : 0; /* seen once, it may have waited for something in the middle of drawing */
    if (drawn < 2 && tries++ < TRIES) return 0;
  }
  resize(terminal, size);
  return 1;
}

void resize(uint64_t terminal, const uint16_t *size) {
  if (is_narrower(terminal, size)) sys3(SYS_ioctl, terminal, SET_SIZE, PTR(size));
}
