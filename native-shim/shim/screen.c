/*
 * What a program has switched on in its terminal (alternate screen, bracketed paste, mouse, ...) is known to the terminal
 * only, and few can be asked. So the sequences that do it are noted as they are written: they come back in the terminal of
 * a restart, and a terminal that its program is taken from is left in order (xterm, ctlseqs, "DEC Private Mode Set").
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

enum { ESCAPE = 27, LONGEST = 4096, GET_DEVICE = 0x80045432 /* TIOCGDEV */, MOST_PARTS = 16 };

static struct ip_screen_mode modes[IP_SCREEN_MODES];
static uint32_t busy;

static int is_known(uint32_t mode) {
  static const uint16_t known[] = {1, 7, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1047, 1049, 2004};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i] == mode) return 1;
  return 0;
}

/* Whoever comes while another thread notes something goes without: nobody waits here, for it may be a signal handler. */
static void note(int fd, uint32_t device, uint32_t mode, uint32_t set) {
  int64_t now[2];
  if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) return;
  sys2(SYS_clock_gettime, 1, PTR(now));
  for (uint32_t i = 0; i < IP_SCREEN_MODES; i++) {
    if (modes[i].time_ns && (modes[i].mode != mode || modes[i].device != device)) continue;
    modes[i] = (struct ip_screen_mode){device, fd, mode, set, (uint64_t)(now[0] * 1000000000 + now[1])};
    break;
  }
  ip_state.screen_modes = PTR(modes);
  __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

static void look(int fd, const char *text, size_t length) {
  uint32_t device = 0;
  int is_terminal = 0;
  const char *end = text + length;
  for (const char *at = text; (at = memchr(at, ESCAPE, (size_t)(end - at))) && ++at < end;) {
    uint32_t numbers[MOST_PARTS], count = 0, value = 0, set = *at == '=';
    if (*at == '=' || *at == '>') {
      numbers[count++] = IP_SCREEN_KEYPAD;
    } else if (*at == '[' && at + 1 < end && at[1] == '?') {
      for (at += 2; at < end && count < MOST_PARTS; at++) {
        if (*at >= '0' && *at <= '9' && value < 100000) {
          value = value * 10 + (uint32_t)(*at - '0');
          continue;
        }
        if (is_known(value)) numbers[count++] = value;
        value = 0;
        if (*at != ';') break;
      }
      if (at >= end || (*at != 'h' && *at != 'l')) continue;
      set = *at == 'h';
    }
    if (!count) continue;
    if (!is_terminal && sys_failed(sys3(SYS_ioctl, (uint64_t)fd, GET_DEVICE, PTR(&device)))) return;
    is_terminal = 1;
    for (uint32_t i = 0; i < count; i++) note(fd, device, numbers[i], set);
  }
}

/* Only the beginning is looked at: programs switch before they draw, and a large write to a file shall not take longer. */
static void may_switch(int fd, const void *text, size_t length) {
  size_t looked_at = length < LONGEST ? length : LONGEST;
  if (length > 1 && memchr(text, ESCAPE, looked_at)) look(fd, text, looked_at);
}

EXPORT ssize_t write(int fd, const void *text, size_t length) {
  ssize_t done = REAL(write)(fd, text, length);
  if (done > 0) may_switch(fd, text, (size_t)done);
  return done;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t done = REAL(writev)(fd, parts, count), left = done;
  for (int i = 0; i < count && left > 0; left -= (ssize_t)parts[i++].iov_len)
    may_switch(fd, parts[i].iov_base, parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left);
  return done;
}

/* libc writes what is in a stream by a function of its own that cannot be wrapped; programs that draw flush. */
static void look_at_stream(FILE *stream) {
  if (stream && stream->_IO_write_ptr > stream->_IO_write_base)
    may_switch(fileno_unlocked(stream), stream->_IO_write_base, (size_t)(stream->_IO_write_ptr - stream->_IO_write_base));
}

EXPORT int fflush(FILE *stream) {
  look_at_stream(stream ? stream : stdout);
  return REAL(fflush)(stream);
}

EXPORT int fflush_unlocked(FILE *stream) {
  look_at_stream(stream ? stream : stdout);
  return REAL(fflush_unlocked)(stream);
}

/* write(2) may come from a signal handler, where the name must be known already. */
void ip_screen_start(void) {
  int saved = errno;
  (void)!write(-1, NULL, 0);
  errno = saved;
}
