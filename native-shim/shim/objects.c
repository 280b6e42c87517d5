/*
 * What only the moment of a call can tell of kernel objects: the paths that inotify watches were asked for (the kernel
 * keeps inodes), identifiers of System V IPC and the values that semaphores get back when the process ends (semadj,
 * semop(2)). Tables without locks, since a thread may be suspended, or the process forked, in the middle of any line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "real.h"
#include "shim.h"
#include "sys.h"

enum { PATHS_SIZE = 16 << 20, KNOWN = 1 << 14 };

static struct ip_ipc_id ids[IP_IPC_IDS];
static struct ip_ipc_undo undos[IP_IPC_UNDO];
static struct ip_objects objects;
static uint32_t known[KNOWN]; /* 8 bytes units into the paths, by hash: spares most repetitions */

static int enabled(void) { return ip_state.shim_path[0] != 0; }

static uint8_t *paths(void) {
  uint64_t now = __atomic_load_n(&objects.paths, __ATOMIC_ACQUIRE);
  if (now) return (uint8_t *)(uintptr_t)now;
  int64_t mapped = ip_own_memory(PATHS_SIZE);
  if (sys_failed(mapped)) return NULL;
  if (__atomic_compare_exchange_n(&objects.paths, &now, (uint64_t)mapped, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return (uint8_t *)(uintptr_t)mapped;
  sys2(SYS_munmap, (uint64_t)mapped, PATHS_SIZE);
  return (uint8_t *)(uintptr_t)now;
}

static void remember(const char *path) {
  uint8_t *all = paths();
  uint64_t length = strlen(path) + 1, size = (sizeof(struct ip_watch_path) + length + 7) & ~7ull;
  if (!all) return;
  uint32_t hash = 2166136261u;
  for (const char *c = path; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619u;
  uint32_t *slot = &known[hash % KNOWN], at = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (at && !strcmp((const char *)all + 8ull * (at - 1) + sizeof(struct ip_watch_path), path)) return;
  uint64_t offset = __atomic_fetch_add(&objects.paths_used, size, __ATOMIC_ACQ_REL);
  if (offset + size > PATHS_SIZE) {
    objects.lost = 1;
    return;
  }
  struct ip_watch_path *record = (struct ip_watch_path *)(all + offset);
  __atomic_store_n(&record->size, (uint32_t)size, __ATOMIC_RELEASE);
  memcpy(record + 1, path, length);
  __atomic_store_n(&record->ready, 1, __ATOMIC_RELEASE);
  __atomic_store_n(slot, (uint32_t)(offset / 8) + 1, __ATOMIC_RELEASE);
}

EXPORT int inotify_add_watch(int fd, const char *path, uint32_t mask) {
  int watch = REAL(inotify_add_watch)(fd, path, mask);
  if (watch < 0 || !enabled()) return watch;
  int saved = errno;
  char whole[2 * PATH_MAX];
  size_t length;
  if (strncmp(path, "/proc/", 6) == 0) { /* such a name may be of this moment only */
    if (realpath(path, whole)) remember(whole);
  } else if (path[0] == '/') {
    remember(path);
  } else if (getcwd(whole, PATH_MAX) && (length = strlen(whole)) + strlen(path) + 2 <= sizeof whole) {
    whole[length] = '/';
    strcpy(whole + length + 1, path);
    remember(whole);
  }
  uint32_t last = __atomic_load_n(&objects.last_watch, __ATOMIC_RELAXED);
  while ((uint32_t)watch > last && !__atomic_compare_exchange_n(&objects.last_watch, &last, (uint32_t)watch, 1,
                                                                __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  errno = saved;
  return watch;
}

static void remember_id(uint32_t kind, int32_t id) {
  if (id < 0 || !enabled()) return;
  uint32_t count = __atomic_load_n(&objects.id_count, __ATOMIC_ACQUIRE);
  if (count > IP_IPC_IDS) count = IP_IPC_IDS;
  for (uint32_t i = 0; i < count; i++)
    if (ids[i].id == id && ids[i].kind == kind) return;
  uint32_t at = __atomic_fetch_add(&objects.id_count, 1, __ATOMIC_ACQ_REL);
  if (at >= IP_IPC_IDS) {
    objects.lost = 1;
    return;
  }
  ids[at].id = id;
  __atomic_store_n(&ids[at].kind, kind, __ATOMIC_RELEASE);
}

EXPORT int shmget(key_t key, size_t size, int flags) {
  int id = REAL(shmget)(key, size, flags);
  remember_id(IP_IPC_SHM, id);
  return id;
}

EXPORT int semget(key_t key, int count, int flags) {
  int id = REAL(semget)(key, count, flags);
  remember_id(IP_IPC_SEM, id);
  return id;
}

EXPORT int msgget(key_t key, int flags) {
  int id = REAL(msgget)(key, flags);
  remember_id(IP_IPC_MSG, id);
  return id;
}

static struct ip_ipc_undo *undo_of(int id, uint32_t number) {
  uint32_t count = __atomic_load_n(&objects.undo_count, __ATOMIC_ACQUIRE);
  if (count > IP_IPC_UNDO) count = IP_IPC_UNDO;
  for (uint32_t i = 0; i < count; i++)
    if (undos[i].id == id && undos[i].number == number) return &undos[i];
  uint32_t at = __atomic_fetch_add(&objects.undo_count, 1, __ATOMIC_ACQ_REL);
  if (at >= IP_IPC_UNDO) {
    objects.lost = 1;
    return NULL;
  }
  undos[at] = (struct ip_ipc_undo){.id = id, .number = number};
  return &undos[at];
}

static int operated(int result, int id, const struct sembuf *operations, size_t count) {
  if (result || !enabled()) return result;
  remember_id(IP_IPC_SEM, id);
  for (size_t i = 0; i < count; i++) {
    struct ip_ipc_undo *undo = operations[i].sem_flg & SEM_UNDO ? undo_of(id, operations[i].sem_num) : NULL;
    if (undo) __atomic_fetch_sub(&undo->adjust, operations[i].sem_op, __ATOMIC_RELAXED);
  }
  return result;
}

EXPORT int semop(int id, struct sembuf *operations, size_t count) {
  return operated(REAL(semop)(id, operations, count), id, operations, count);
}

EXPORT int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *timeout) {
  return operated(REAL(semtimedop)(id, operations, count, timeout), id, operations, count);
}

/* Setting a value clears semadj of that semaphore (semctl(2)), here and in other processes. */
EXPORT int semctl(int id, int number, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *value = va_arg(arguments, void *); /* union semun; nothing, for some commands, which then do not look at it */
  va_end(arguments);
  int result = REAL(semctl)(id, number, command, value);
  uint32_t count = __atomic_load_n(&objects.undo_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; result >= 0 && (command == SETVAL || command == SETALL) && i < count && i < IP_IPC_UNDO; i++)
    if (undos[i].id == id && (command == SETALL || undos[i].number == (uint32_t)number))
      __atomic_store_n(&undos[i].adjust, 0, __ATOMIC_RELAXED);
  return result;
}

/* A child has no semadj values of its parent's (semop(2)). */
static void after_fork_in_child(void) { objects.undo_count = 0; }

static __attribute__((constructor)) void start(void) {
  objects.ids = PTR(ids);
  objects.undo = PTR(undos);
  ip_state.objects = PTR(&objects);
  pthread_atfork(NULL, NULL, after_fork_in_child);
}
