/*
 * Starting programs by posix_spawn(3), system(3) and popen(3). The latter two hand `environ` to the new program inside
 * libc; where a program has emptied it, they are helped.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <paths.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

typedef int (*spawn_fn)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                        char *const[], char *const[]);

static int spawn_with(spawn_fn spawn, pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
  char relay[IP_RELAY_PATH];
  if (ip_is_remote_start(path, relay)) {
    size_t count = 0;
    while (argv && argv[count]) count++;
    char **words = alloca((count + IP_RELAY_WORDS + 1) * sizeof *words);
    ip_remote_words(relay, path, argv, words);
    return spawn_with(REAL(posix_spawn), pid, relay, actions, attributes, words, envp);
  }
  size_t need = ip_environment_need(envp);
  if (!need) return spawn(pid, path, actions, attributes, argv, envp);
  if (need <= IP_ENVIRONMENT_ON_STACK)
    return spawn(pid, path, actions, attributes, argv, ip_environment_build(envp, alloca(need)));
  int64_t memory = ip_own_memory(need);
  if (sys_failed(memory)) return (int)-memory;
  int result = spawn(pid, path, actions, attributes, argv, ip_environment_build(envp, (void *)(uintptr_t)memory));
  sys2(SYS_munmap, (uint64_t)memory, need);
  return result;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
  ip_warn_unmanaged(AT_FDCWD, path);
  return spawn_with(REAL(posix_spawn), pid, path, actions, attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
  ip_warn_unmanaged_on_path(file);
  return spawn_with(REAL(posix_spawnp), pid, file, actions, attributes, argv, envp);
}

/* The dispositions that all calls of system() under way share, as POSIX has them: ignored from the first to the last.
 */
static struct {
  pthread_mutex_t lock;
  int calls;
  struct sigaction interrupt, quit;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void begin_system(sigset_t *old) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigset_t child;
  pthread_mutex_lock(&shared.lock);
  if (shared.calls++ == 0) {
    sigaction(SIGINT, &ignore, &shared.interrupt);
    sigaction(SIGQUIT, &ignore, &shared.quit);
  }
  pthread_mutex_unlock(&shared.lock);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &child, old);
}

static void end_system(const sigset_t *old) {
  pthread_mutex_lock(&shared.lock);
  if (--shared.calls == 0) {
    sigaction(SIGINT, &shared.interrupt, NULL);
    sigaction(SIGQUIT, &shared.quit, NULL);
  }
  pthread_mutex_unlock(&shared.lock);
  pthread_sigmask(SIG_SETMASK, old, NULL);
}

static int own_system(const char *command) {
  char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
  posix_spawnattr_t attributes;
  sigset_t old, defaults;
  pid_t pid;
  int status = -1;
  begin_system(&old);
  sigemptyset(&defaults);
  if (shared.interrupt.sa_handler != SIG_IGN) sigaddset(&defaults, SIGINT);
  if (shared.quit.sa_handler != SIG_IGN) sigaddset(&defaults, SIGQUIT);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &old);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  int error = posix_spawn(&pid, _PATH_BSHELL, NULL, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  if (error) {
    status = W_EXITCODE(127, 0);
  } else {
    pid_t ended;
    do ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended != pid) status = -1;
  }
  end_system(&old);
  if (error) errno = error;
  return status;
}

EXPORT int system(const char *command) {
  if (!ip_environment_need(environ)) return REAL(system)(command);
  return command ? own_system(command) : own_system("exit 0") == 0;
}

EXPORT FILE *popen(const char *command, const char *mode) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  size_t need = ip_environment_need(environ);
  char **own = environ, **helped = need ? malloc(need) : NULL;
  if (helped) environ = ip_environment_build(own, helped);
  FILE *file = REAL(popen)(command, mode);
  int error = errno;
  /* Another thread that called setenv meanwhile has its own copy, which refers to ours. */
  if (helped && environ == helped) {
    environ = own;
    free(helped);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return file;
}
