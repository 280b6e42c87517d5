/*
 * Executing a program: its environment is put right first (environment.c). These functions are async-signal-safe and
 * run in vfork children, so everything lives on the stack.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

struct program {
  int directory; /* as of execveat(2) */
  int flags;
  const char *path;
};

static int call(const struct program *program, char *const argv[], char *const envp[]) {
  if (program->directory == AT_FDCWD && !program->flags) return REAL(execve)(program->path, argv, envp);
  int64_t result = sys5(SYS_execveat, (uint64_t)program->directory, PTR(program->path), PTR(argv), PTR(envp),
                        (uint64_t)program->flags);
  errno = (int)-result; /* it returned, so it failed */
  return -1;
}

/*
 * Our signal, sent to a thread that is inside execve already, would stay pending and end the new program, which has no
 * handler for it yet. Blocked it waits until the shim there takes it away (ip_suspend_inherited).
 */
static int execute(const struct program *program, char *const argv[], char *const envp[]) {
  uint64_t ours = 1ull << (IP_SUSPEND_SIGNAL - 1), before = 0;
  sys4(SYS_rt_sigprocmask, SIG_BLOCK, PTR(&ours), PTR(&before), 8);
  ip_suspend_before_exec();
  int result = call(program, argv, envp), error = errno;
  sys4(SYS_rt_sigprocmask, SIG_SETMASK, PTR(&before), 0, 8);
  errno = error;
  return result;
}

static int execute_with(const struct program *program, char *const argv[], char *const envp[]) {
  size_t need = ip_environment_need(envp);
  if (!need) return execute(program, argv, envp);
  if (need <= IP_ENVIRONMENT_ON_STACK) return execute(program, argv, ip_environment_build(envp, alloca(need)));
  /* A vfork child that succeeds leaves this mapping to its parent: rare enough. */
  int64_t memory = ip_own_memory(need);
  if (sys_failed(memory)) return execute(program, argv, envp);
  execute(program, argv, ip_environment_build(envp, (void *)(uintptr_t)memory));
  int error = errno;
  sys2(SYS_munmap, (uint64_t)memory, need);
  errno = error;
  return -1;
}

int ip_execute(const char *path, char *const argv[], char *const envp[]) {
  char relay[IP_RELAY_PATH];
  if (ip_is_remote_start(path, relay)) {
    size_t count = 0;
    while (argv && argv[count]) count++;
    char **words = alloca((count + IP_RELAY_WORDS + 1) * sizeof *words);
    struct program instead = {AT_FDCWD, 0, relay};
    ip_remote_words(relay, path, argv, words);
    return execute_with(&instead, words, envp);
  }
  struct program program = {AT_FDCWD, 0, path};
  ip_warn_unmanaged(AT_FDCWD, path);
  return execute_with(&program, argv, envp);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[]) { return ip_execute(path, argv, envp); }

EXPORT int execv(const char *path, char *const argv[]) { return ip_execute(path, argv, environ); }

EXPORT int execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags) {
  struct program program = {directory, flags, path};
  ip_warn_unmanaged(directory, path);
  return execute_with(&program, argv, envp);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
  struct program program = {fd, AT_EMPTY_PATH, ""};
  return execute_with(&program, argv, envp);
}

/* A script without #! is the shell's business (execvp(3)). */
static void run_script(const char *path, char *const argv[], char *const envp[]) {
  size_t count = 0;
  while (argv[count]) count++;
  if (count > INT_MAX - 3) return;
  char **script = alloca((count + 3) * sizeof *script);
  script[0] = (char *)_PATH_BSHELL;
  script[1] = (char *)path;
  if (count > 1) memcpy(script + 2, argv + 1, (count - 1) * sizeof *script);
  script[count > 1 ? count + 1 : 2] = NULL;
  ip_execute(_PATH_BSHELL, script, envp);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
  char buffer[PATH_MAX + NAME_MAX + 2];
  const char *position = NULL, *path;
  int denied = 0;
  errno = ENOENT;
  if (!*file) return -1;
  while ((path = ip_next_on_path(file, &position, buffer, sizeof buffer))) {
    ip_execute(path, argv, envp);
    if (errno == ENOEXEC) run_script(path, argv, envp);
    switch (errno) {
    case EACCES:
      denied = 1;
      break;
    case ENOENT:
    case ESTALE:
    case ENOTDIR:
    case ENODEV:
    case ETIMEDOUT:
      break;
    default:
      return -1;
    }
  }
  if (denied) errno = EACCES;
  return -1;
}

EXPORT int execvp(const char *file, char *const argv[]) { return execvpe(file, argv, environ); }

/* Collects the arguments of the l-variants in `argv`; `list` is left behind the final NULL. `first` may be NULL, though
   the headers say otherwise: the compiler must not know which it is. */
#define COLLECT(argv, first, list)                      \
  va_list list, counting;                               \
  char *program_name = (char *)first;                   \
  size_t count = 0;                                     \
  __asm__("" : "+r"(program_name));                     \
  va_start(list, first);                                \
  va_copy(counting, list);                              \
  if (program_name)                                     \
    for (count = 1; va_arg(counting, char *);) count++; \
  va_end(counting);                                     \
  char **argv = alloca((count + 1) * sizeof *argv);     \
  argv[0] = program_name;                               \
  for (size_t i = 1; i <= count; i++) argv[i] = va_arg(list, char *)

EXPORT int execl(const char *path, const char *first, ...) {
  COLLECT(argv, first, list);
  va_end(list);
  return ip_execute(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...) {
  COLLECT(argv, first, list);
  va_end(list);
  return execvpe(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...) {
  COLLECT(argv, first, list);
  char *const *envp = va_arg(list, char *const *);
  va_end(list);
  return ip_execute(path, argv, envp);
}
