#include "text.h"

#include <fcntl.h>

#include "sys.h"

uint64_t ip_parse_decimal(const char *text, const char **end) {
  uint64_t value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (uint64_t)(*text++ - '0');
  if (end) *end = text;
  return value;
}

uint64_t ip_parse_hex(const char *text, const char **end) {
  uint64_t value = 0;
  for (;; text++) {
    if (*text >= '0' && *text <= '9')
      value = value * 16 + (uint64_t)(*text - '0');
    else if (*text >= 'a' && *text <= 'f')
      value = value * 16 + (uint64_t)(*text - 'a' + 10);
    else
      break;
  }
  if (end) *end = text;
  return value;
}

int64_t ip_read_file(const char *path, char *buffer, uint64_t size) {
  int64_t fd = sys3(SYS_open, PTR(path), O_RDONLY | O_CLOEXEC, 0);
  if (sys_failed(fd)) return fd;
  uint64_t length = 0;
  while (length + 1 < size) {
    int64_t n = sys3(SYS_read, (uint64_t)fd, PTR(buffer + length), size - 1 - length);
    if (n <= 0) break;
    length += (uint64_t)n;
  }
  buffer[length] = 0;
  sys1(SYS_close, (uint64_t)fd);
  return (int64_t)length;
}

static void task_path(char *path, int32_t tid, const char *name) {
  char digits[12];
  int count = 0;
  for (const char *p = "/proc/self/task/"; *p; p++) *path++ = *p;
  do digits[count++] = (char)('0' + tid % 10);
  while ((tid /= 10) > 0);
  while (count > 0) *path++ = digits[--count];
  *path++ = '/';
  while ((*path++ = *name++)) {
  }
}

static const char *find_line(const char *text, const char *key) {
  while (*text) {
    const char *a = text, *b = key;
    while (*b && *a == *b) a++, b++;
    if (!*b) return a;
    while (*text && *text++ != '\n') {
    }
  }
  return NULL;
}

static const char *skip_blanks(const char *text) {
  while (*text == ' ' || *text == '\t') text++;
  return text;
}

int ip_read_pending_sets(int32_t tid, uint64_t *private_set, uint64_t *shared_set) {
  char path[64], text[4096];
  task_path(path, tid, "status");
  if (ip_read_file(path, text, sizeof text) <= 0) return 0;
  const char *own = find_line(text, "SigPnd:"), *shared = find_line(text, "ShdPnd:");
  if (!own || !shared) return 0;
  *private_set = ip_parse_hex(skip_blanks(own), NULL);
  *shared_set = ip_parse_hex(skip_blanks(shared), NULL);
  return 1;
}

int ip_thread_is_zombie(int32_t tid) {
  char path[64], text[4096];
  task_path(path, tid, "status");
  if (ip_read_file(path, text, sizeof text) <= 0) return 1;
  const char *state = find_line(text, "State:");
  if (!state) return 0;
  state = skip_blanks(state);
  return *state == 'Z' || *state == 'X';
}

void ip_read_current_call(struct ip_thread *slot) {
  char path[64], text[512];
  slot->call_number = -1;
  task_path(path, slot->tid, "syscall");
  if (ip_read_file(path, text, sizeof text) <= 0 || text[0] < '0' || text[0] > '9') return; /* "running" or "-1 …" */
  const char *at = text;
  uint64_t number = ip_parse_decimal(at, &at), values[8];
  for (int i = 0; i < 8; i++) {
    at = skip_blanks(at);
    if (at[0] != '0' || at[1] != 'x') return;
    values[i] = ip_parse_hex(at + 2, &at);
  }
  for (int i = 0; i < 6; i++) slot->call_args[i] = values[i];
  slot->call_sp = values[6];
  slot->call_pc = values[7];
  slot->call_number = (int64_t)number;
}

int ip_thread_blocks(int32_t tid, int signo) {
  char path[64], text[4096];
  task_path(path, tid, "status");
  if (ip_read_file(path, text, sizeof text) <= 0) return 0;
  const char *blocked = find_line(text, "SigBlk:");
  return blocked && (ip_parse_hex(skip_blanks(blocked), NULL) >> (signo - 1) & 1);
}
