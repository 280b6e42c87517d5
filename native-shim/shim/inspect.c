/*
 * A program that the shim cannot enter runs outside the computation. Whoever sits at a terminal is told so; what a
 * program prints into a file or a pipe is not touched. One open and one read, and only at a terminal.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

enum { HEADER = 2048 };

static int gains_privileges(int fd) {
  struct stat s;
  char attribute[32];
  if (sys_failed(sys2(SYS_fstat, (uint64_t)fd, PTR(&s)))) return 0;
  if ((s.st_mode & S_ISUID) && s.st_uid != (uid_t)sys0(SYS_getuid)) return 1;
  if ((s.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && s.st_gid != (gid_t)sys0(SYS_getgid)) return 1;
  /* Root has every capability already. */
  return sys0(SYS_getuid) != 0 &&
         sys4(SYS_fgetxattr, (uint64_t)fd, PTR("security.capability"), PTR(attribute), sizeof attribute) > 0;
}

/* Why not, as the end of a sentence; NULL: the shim can enter it, or it is for the kernel to say. */
static const char *examine_elf(const uint8_t *header, int64_t length, const char *path) {
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)header;
  if (length < (int64_t)sizeof *elf || memcmp(header, ELFMAG, SELFMAG)) return NULL;
  if (header[EI_CLASS] != ELFCLASS64) return "is a 32-bit program";
  if (elf->e_machine != EM_X86_64) return "is a program for another processor";
  for (int i = 0; i < elf->e_phnum; i++) {
    uint64_t at = elf->e_phoff + (uint64_t)i * sizeof(Elf64_Phdr);
    if (at + sizeof(Elf64_Phdr) > (uint64_t)length) return NULL;
    if (((const Elf64_Phdr *)(header + at))->p_type == PT_INTERP) return NULL;
  }
  const char *name = strrchr(path, '/');
  /* The loader has no interpreter itself, and loads what is preloaded. */
  return strncmp(name ? name + 1 : path, "ld-linux", 8) ? "is statically linked" : NULL;
}

/* Fills `interpreter` when the file is a script. */
static const char *examine(int directory, const char *path, char interpreter[256]) {
  union {
    Elf64_Ehdr elf;
    uint8_t bytes[HEADER];
  } header;
  const char *why = NULL;
  interpreter[0] = 0;
  int64_t fd = sys4(SYS_openat, (uint64_t)directory, PTR(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
  if (sys_failed(fd)) return NULL;
  int64_t length = sys3(SYS_read, (uint64_t)fd, PTR(header.bytes), sizeof header.bytes - 1);
  if (length >= 2 && header.bytes[0] == '#' && header.bytes[1] == '!') {
    header.bytes[length] = 0;
    const char *line = (const char *)header.bytes + 2;
    line += strspn(line, " \t");
    size_t size = strcspn(line, " \t\r\n");
    if (size < 256) {
      memcpy(interpreter, line, size);
      interpreter[size] = 0;
    }
  } else {
    why = examine_elf(header.bytes, length, path);
    if (!why && length > 0 && gains_privileges((int)fd)) why = "gains privileges";
  }
  sys1(SYS_close, (uint64_t)fd);
  return why;
}

static int asked_for(void) {
  struct termios terminal;
  return ip_state.env_coordinator[0] && !sys_failed(sys3(SYS_ioctl, STDERR_FILENO, TCGETS, PTR(&terminal)));
}

static char *append(char *to, const char *end, const char *text) {
  while (*text && to < end) *to++ = *text++;
  return to;
}

static void warn(int directory, const char *path) {
  char interpreter[256], ignored[256], line[PATH_MAX + 512], *at = line, *end = line + sizeof line;
  const char *why = examine(directory, path, interpreter), *program = path;
  if (!why && interpreter[0]) why = examine(AT_FDCWD, program = interpreter, ignored);
  if (!why || sys_failed(sys3(SYS_faccessat, (uint64_t)directory, PTR(path), X_OK))) return;
  const char *parts[] = {"interpose: warning: ", program, " ", why,
                         ": it runs outside the computation and cannot be checkpointed\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) at = append(at, end, parts[i]);
  sys3(SYS_write, STDERR_FILENO, PTR(line), (uint64_t)(at - line));
}

void ip_warn_unmanaged(int directory, const char *path) {
  if (path && asked_for()) warn(directory, path);
}

void ip_warn_unmanaged_on_path(const char *file) {
  char buffer[PATH_MAX + NAME_MAX + 2];
  const char *position = NULL, *path;
  if (!file || !*file || !asked_for()) return;
  while ((path = ip_next_on_path(file, &position, buffer, sizeof buffer)))
    if (!sys_failed(sys3(SYS_faccessat, (uint64_t)AT_FDCWD, PTR(path), X_OK))) {
      warn(AT_FDCWD, path);
      return;
    }
}
