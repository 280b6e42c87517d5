/*
 * A program that this one executes is to be part of the computation as well, whatever became of its environment: it
 * needs LD_PRELOAD, and it needs to know the coordinator as it is now, which after a restart is another than the one in
 * the copies that a shell made when it started. May run in a vfork child or in a signal handler: nothing is allocated,
 * and no global is written.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

enum { PRELOAD, COORDINATOR, SECRET, COMPUTATION, ROOT, HOST, MOVED, DIRECTORY, CODEC, IO_URING, ENTRIES };

static const char *const names[ENTRIES] = {
    "LD_PRELOAD=",     "INTERPOSE_COORDINATOR=", "INTERPOSE_SECRET=", "INTERPOSE_COMPUTATION=",
    "INTERPOSE_ROOT=", "INTERPOSE_HOST_NAME=",   "INTERPOSE_MOVED=", "INTERPOSE_CKPT_DIR=", "INTERPOSE_CODEC=",
    "INTERPOSE_IO_URING=",
};

static char env_computation[160], env_root[32], env_directory[4200], env_codec[64], env_io_uring[32];

/* What the entry has to be; NULL: nothing is asked for. LD_PRELOAD depends on the program's own. */
static char *wanted(int entry) {
  switch (entry) {
  case COORDINATOR:
    return ip_state.env_coordinator;
  case SECRET:
    return ip_state.env_secret;
  case COMPUTATION:
    return env_computation;
  case ROOT:
    return ip_state.is_root ? env_root : NULL;
  case HOST:
    return *ip_state.env_host ? ip_state.env_host : NULL;
  case MOVED:
    return *ip_state.env_moved ? ip_state.env_moved : NULL;
  case DIRECTORY:
    return *env_directory ? env_directory : NULL;
  case CODEC:
    return *env_codec ? env_codec : NULL;
  case IO_URING:
    return *env_io_uring ? env_io_uring : NULL;
  default:
    return NULL;
  }
}

/* Settings for commands: what the program says about them stands. */
static int may_differ(int entry) { return entry >= DIRECTORY; }

static int find_entry(const char *text) {
  if (text[0] != 'L' && text[0] != 'I') return -1;
  for (int i = 0; i < ENTRIES; i++)
    if (!strncmp(text, names[i], strlen(names[i]))) return i;
  return -1;
}

/* The list, separated by blanks or colons (ld.so(8)), has the shim. */
static int has_shim(const char *list) {
  size_t length = strlen(ip_state.shim_path);
  for (const char *at = list; *at;) {
    size_t part = strcspn(at, " :");
    if (part == length && !memcmp(at, ip_state.shim_path, length)) return 1;
    at += part + strspn(at + part, " :");
  }
  return 0;
}

static int is_right(int entry, const char *text) {
  if (entry == PRELOAD) return has_shim(text + strlen(names[PRELOAD]));
  const char *value = wanted(entry);
  return !value || may_differ(entry) || !strcmp(text, value);
}

size_t ip_environment_need(char *const envp[]) {
  static char *const none[] = {NULL};
  if (!ip_state.env_coordinator[0]) return 0;
  if (!envp) envp = none;
  unsigned seen = 0, wrong = 0;
  size_t count = 0, preload = 0;
  for (; envp[count]; count++) {
    int entry = find_entry(envp[count]);
    if (entry < 0) continue;
    if (entry == PRELOAD) preload += strlen(envp[count]);
    seen |= 1u << entry;
    wrong |= !is_right(entry, envp[count]);
  }
  for (int i = 0; i < ENTRIES; i++)
    if ((i == PRELOAD || wanted(i)) && !(seen & 1u << i)) wrong = 1;
  if (!wrong) return 0;
  return (count + ENTRIES + 1) * sizeof(char *) + strlen(names[PRELOAD]) + strlen(ip_state.shim_path) + preload + 2;
}

char **ip_environment_build(char *const envp[], void *memory) {
  char **result = memory, **out = result, *text;
  size_t count = 0;
  unsigned done = 0;
  while (envp && envp[count]) count++;
  text = (char *)(result + count + ENTRIES + 1);
  for (size_t i = 0; i < count; i++) {
    int entry = find_entry(envp[i]);
    if (entry < 0 || is_right(entry, envp[i])) {
      *out++ = envp[i];
      if (entry >= 0) done |= 1u << entry;
    } else if (!(done & 1u << entry)) {
      done |= 1u << entry;
      if (entry == PRELOAD) {
        const char *own = envp[i] + strlen(names[PRELOAD]);
        *out++ = text;
        text = stpcpy(stpcpy(text, names[PRELOAD]), ip_state.shim_path);
        if (*own) text = stpcpy(stpcpy(text, ":"), own);
        text++;
      } else {
        *out++ = wanted(entry);
      }
    }
  }
  for (int i = 0; i < ENTRIES; i++) {
    if (done & 1u << i) continue;
    if (i == PRELOAD) {
      *out++ = text;
      text = stpcpy(stpcpy(text, names[PRELOAD]), ip_state.shim_path) + 1;
    } else if (wanted(i)) {
      *out++ = wanted(i);
    }
  }
  *out = NULL;
  return result;
}

/* Keeps an entry as it is now; a program may later overwrite the memory it was started with. */
static void keep(int entry, char *to, size_t size) {
  for (char **e = environ; e && *e; e++)
    if (!strncmp(*e, names[entry], strlen(names[entry])) && strlen(*e) < size) {
      strcpy(to, *e);
      return;
    }
}

int ip_environment_start(const char *coordinator, const char *secret) {
  const char *computation = getenv("INTERPOSE_COMPUTATION");
  if (strlen(coordinator) + strlen(names[COORDINATOR]) >= sizeof ip_state.env_coordinator) return -1;
  if (computation && strlen(computation) < sizeof ip_state.computation) strcpy(ip_state.computation, computation);
  strcpy(stpcpy(env_computation, names[COMPUTATION]), ip_state.computation);
  keep(ROOT, env_root, sizeof env_root);
  keep(HOST, ip_state.env_host, sizeof ip_state.env_host);
  keep(MOVED, ip_state.env_moved, sizeof ip_state.env_moved);
  keep(DIRECTORY, env_directory, sizeof env_directory);
  keep(CODEC, env_codec, sizeof env_codec);
  keep(IO_URING, env_io_uring, sizeof env_io_uring);
  ip_state.is_root = *env_root && atoi(env_root + strlen(names[ROOT])) == getpid();
  ip_state.io_uring = *env_io_uring && strchr("1ty", env_io_uring[strlen(names[IO_URING])]) != NULL;
  strcpy(stpcpy(ip_state.env_secret, names[SECRET]), secret);
  strcpy(stpcpy(ip_state.env_coordinator, names[COORDINATOR]), coordinator);
  for (char **e = environ; *e; e++) {
    int entry = find_entry(*e);
    if (entry == COORDINATOR || entry == SECRET) *e = wanted(entry);
  }
  return 0;
}
