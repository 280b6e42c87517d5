#include <sys/utsname.h>

#include "restorer.h"

static const struct {
  int code;
  const char *name;
} errors[] = {{1, "EPERM, not permitted"},
              {2, "ENOENT, no such file"},
              {3, "ESRCH, no such process"},
              {5, "EIO, input/output error"},
              {9, "EBADF, bad file descriptor"},
              {11, "EAGAIN, try again"},
              {12, "ENOMEM, out of memory"},
              {13, "EACCES, permission denied"},
              {14, "EFAULT, bad address"},
              {16, "EBUSY, in use"},
              {17, "EEXIST, already exists"},
              {22, "EINVAL, invalid argument"},
              {24, "EMFILE, too many open files"},
              {28, "ENOSPC, no space left"},
              {38, "ENOSYS, not supported by this kernel"},
              {74, "EBADMSG, damaged data"}};

static void put(const char *text) {
  uint64_t length = 0;
  while (text[length]) length++;
  sys3(SYS_write, 2, PTR(text), length);
}

void report_text(const char *text) {
  put("interpose: ");
  put(text);
  put("\n");
}

void report(const char *what, int64_t error) {
  char number[24];
  int at = sizeof number - 1;
  uint64_t value = (uint64_t)(error < 0 ? -error : error);
  number[at] = 0;
  do number[--at] = (char)('0' + value % 10);
  while ((value /= 10) && at > 0);
  /* Of a restart over several hosts all messages come to one terminal. */
  struct utsname host;
  put("interpose: restart");
  if (!sys_failed(sys1(SYS_uname, PTR(&host)))) {
    put(" on ");
    put(host.nodename);
  }
  put(": ");
  put(what);
  put(": ");
  for (uint64_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    if (errors[i].code == -error) {
      put(errors[i].name);
      put("\n");
      return;
    }
  }
  put(error < 0 ? "errno " : "unexpected result ");
  put(number + at);
  put("\n");
}
