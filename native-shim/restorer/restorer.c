/*
 * Executes a compiled restart. It is linked at the window that every shim keeps free, so that all other memory can be
 * replaced under it, and it knows no policy: what happens, in which order, is in the program.
 */
#define _GNU_SOURCE
#include "restorer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { PID_TRIES = 3000 };

struct clone_request {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

extern uint8_t __executable_start[], _end[];

static uint64_t slots[IP_MAX_SLOTS];
static uint64_t no_tls[16]; /* libzstd's stack protector reads a word here */
static const struct ip_program *const program = (const struct ip_program *)IP_PROGRAM_BASE;
static uint64_t program_fd;
static uint64_t bulk; /* where it is mapped */

static void run(uint64_t first, uint64_t last);

/*
 * PR_SET_MM_EXE_FILE is refused as long as the old executable is mapped (kernel/sys.c, replace_mm_exe_file): put
 * anonymous copies of our own pages in their place. The bytes are the same, so execution just goes on.
 */
uint64_t *restorer_relocate(uint64_t *stack) {
  uint64_t start = PTR(__executable_start) & ~4095ull, length = ((PTR(_end) + 4095) & ~4095ull) - start;
  int64_t copy =
      sys6(SYS_mmap, 0, length, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0);
  if (sys_failed(copy)) sys1(SYS_exit_group, 1);
  __builtin_memcpy((void *)(uintptr_t)copy, (void *)(uintptr_t)start, length);
  int64_t moved = sys5(SYS_mremap, (uint64_t)copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, start);
  if (sys_failed(moved)) sys1(SYS_exit_group, 1);
  return stack;
}

static const char *label_of(const struct ip_op *op) {
  return (const char *)(IP_PROGRAM_BASE + program->data_offset + op->label);
}

static void run_child(void *first) {
  run(PTR(first), UINT64_MAX);
  sys1(SYS_exit_group, 1);
}

struct helper {
  uint64_t first, last, user, group;
};

static void run_helper(void *argument) {
  const struct helper *h = argument;
  /* What is not permitted stays as it is: without privilege there is one user only. */
  if ((uint64_t)sys0(SYS_getegid) != h->group) sys3(SYS_setresgid, h->group, h->group, h->group);
  if ((uint64_t)sys0(SYS_geteuid) != h->user) sys3(SYS_setresuid, h->user, h->user, h->user);
  run(h->first, h->last);
  sys1(SYS_exit_group, 0);
}

/* An orphan that nobody has reaped yet holds its number for a moment: wait for it. */
static int64_t clone_with_pid(struct clone_request *request, int32_t pid, uint64_t tries, void (*fn)(void *), void *arg) {
  int64_t result = -EEXIST;
  request->set_tid = pid ? PTR(&pid) : 0;
  request->set_tid_size = pid ? 1 : 0;
  for (uint64_t i = 0; i < tries && result == -EEXIST; i++) {
    uint64_t millisecond[2] = {0, 1000000};
    if (i) sys2(SYS_nanosleep, PTR(millisecond), 0);
    result = restorer_clone3(request, sizeof *request, fn, arg);
  }
  return result;
}

/* 0: another process has done the operations, and is gone. */
static int64_t act_as(const struct helper *h, int32_t pid, uint64_t tries) {
  static uint8_t stack[32768] __attribute__((aligned(16)));
  int32_t status = 0;
  int64_t user = sys0(SYS_geteuid);
  struct clone_request request = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS, .stack = PTR(stack), .stack_size = sizeof stack};
  int64_t result = clone_with_pid(&request, pid, tries, run_helper, (void *)(uintptr_t)PTR(h));
  if (sys_failed(result)) return result;
  sys4(SYS_wait4, (uint64_t)result, PTR(&status), __WALL, 0);
  if (status) sys1(SYS_exit_group, 1); /* it has said why */
  /* Another user makes memory unreadable for its owner (prctl(2), PR_SET_DUMPABLE), and this memory is ours. */
  if ((uint64_t)user != h->user) sys2(SYS_prctl, PR_SET_DUMPABLE, 1);
  return 0;
}

static int64_t find_vdso(uint64_t slot) {
  static const char *const names[] = {"[vvar]", "[vvar_vclock]", "[vdso]"};
  static char text[65536];
  int64_t fd = sys3(SYS_open, PTR("/proc/self/maps"), O_RDONLY, 0), length = 0;
  if (sys_failed(fd)) return fd;
  for (int64_t n; length < (int64_t)sizeof text - 1 &&
                  (n = sys3(SYS_read, (uint64_t)fd, PTR(text + length), sizeof text - 1 - (uint64_t)length)) > 0;)
    length += n;
  text[length] = 0;
  sys1(SYS_close, (uint64_t)fd);
  for (char *line = text; *line;) {
    char *end = line;
    while (*end && *end != '\n') end++;
    for (int i = 0; i < 3; i++) {
      int64_t size = 0;
      while (names[i][size]) size++;
      if (end - line < size || memcmp(end - size, names[i], (size_t)size)) continue;
      uint64_t value[2] = {0, 0};
      char *at = line;
      for (int part = 0; part < 2; part++, at++)
        for (; *at != '-' && *at != ' '; at++)
          value[part] = value[part] * 16 + (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
      slots[slot + 2 * (uint64_t)i] = value[0];
      slots[slot + 2 * (uint64_t)i + 1] = value[1] - value[0];
    }
    line = *end ? end + 1 : end;
  }
  return 0;
}

static void format_decimal(char *to, uint64_t value) {
  char digits[24];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) *to++ = digits[--count];
  *to = 0;
}

static int64_t map_program(uint64_t offset, uint64_t length) {
  int64_t mapped =
      sys6(SYS_mmap, IP_PROGRAM_BASE, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, program_fd, offset);
  if (sys_failed(mapped)) return mapped;
  return program->magic == IP_PROGRAM_MAGIC && program->version == IP_PROGRAM_VERSION && program->length == length
             ? 0
             : -EBADMSG;
}

static int64_t execute(const struct ip_op *op, const uint64_t *a) {
  switch (op->kind) {
  case IP_OP_SYSCALL:
    return sys6(op->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  case IP_OP_STORE:
    __builtin_memcpy((void *)(uintptr_t)a[0], &a[1], (size_t)op->number);
    return 0;
  case IP_OP_COPY:
    __builtin_memcpy((void *)(uintptr_t)a[0], (const void *)(uintptr_t)a[1], a[2]);
    return 0;
  case IP_OP_PROCESS: {
    struct clone_request request = {.exit_signal = a[1]};
    int64_t pid = clone_with_pid(&request, (int32_t)a[0], PID_TRIES, run_child, (void *)op->number);
    if (!sys_failed(pid) && a[2]) remember_created((int32_t)pid);
    return pid;
  }
  case IP_OP_THREAD: {
    struct clone_request request = {.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                                             CLONE_SYSVSEM | CLONE_SETTLS | (a[2] ? CLONE_CHILD_CLEARTID : 0),
                                    .tls = a[1],
                                    .child_tid = a[2],
                                    .stack = a[3] - IP_THREAD_STACK_SIZE,
                                    .stack_size = IP_THREAD_STACK_SIZE};
    return clone_with_pid(&request, (int32_t)a[0], PID_TRIES, run_child, (void *)op->number);
  }
  case IP_OP_JUMP:
    restorer_jump((const struct ip_context *)(uintptr_t)a[0]);
  case IP_OP_LOAD:
    return load_chunks((int)a[0], (const void *)(uintptr_t)a[1], a[2], (const void *)(uintptr_t)a[3], a[4], a[5]);
  case IP_OP_SUPERVISE: {
    struct supervision s = {(const int32_t *)(uintptr_t)a[0], a[1], (int32_t)a[2], (int32_t)a[3], a[4],
                            (const uint16_t *)(uintptr_t)a[5]};
    supervise(&s);
  }
  case IP_OP_CHAIN:
    return map_program(a[0], a[1]);
  case IP_OP_BARRIER:
    return barrier_arrive(a[0], a[1]);
  case IP_OP_DIE:
    end_as((int32_t)a[0]);
  case IP_OP_FIND_VDSO:
    return find_vdso(a[0]);
  case IP_OP_FETCH: {
    uint64_t value = 0;
    __builtin_memcpy(&value, (const void *)(uintptr_t)a[0], (size_t)op->number);
    return (int64_t)value;
  }
  case IP_OP_FORMAT:
    format_decimal((char *)(uintptr_t)a[0], a[1]);
    return 0;
  case IP_OP_PSEUDOTERMINAL:
    return open_pseudoterminal((const char *)(uintptr_t)a[0], (int64_t)a[1]);
  case IP_OP_EXIT:
    return sys1(SYS_exit_group, a[0]);
  default:
    return -ENOSYS;
  }
}

/* Runs operations up to the last one, or until one of them does not come back. */
static void run(uint64_t first, uint64_t last) {
  const struct ip_op *ops = (const struct ip_op *)(program + 1);
  for (uint64_t i = first; i < last && i < program->op_count; i++) {
    const struct ip_op *op = &ops[i];
    if (op->kind == IP_OP_GOTO) {
      i = (uint64_t)op->number - 1;
      continue;
    }
    uint64_t args[6];
    for (int k = 0; k < 6; k++) {
      uint32_t mode = op->modes >> (4 * k) & 15;
      args[k] = mode == IP_ARG_SLOT   ? slots[op->args[k] % IP_MAX_SLOTS]
                : mode == IP_ARG_BULK ? bulk + op->args[k]
                : mode == IP_ARG_DATA ? IP_PROGRAM_BASE + program->data_offset + op->args[k]
                                      : op->args[k];
    }
    if (op->kind == IP_OP_IF_FAILED) {
      if (sys_failed((int64_t)args[0])) i = (uint64_t)op->number - 1;
      continue;
    }
    if (op->kind == IP_OP_AS) {
      struct helper h = {i + 1, (uint64_t)op->number, args[1], args[2]};
      if (act_as(&h, (int32_t)args[0], args[3]) == 0) i = (uint64_t)op->number - 1;
      continue;
    }
    int chain = op->kind == IP_OP_CHAIN;
    int64_t result = execute(op, args);
    if (chain && result == 0) {
      i = (uint64_t)-1;
      continue;
    }
    if (op->result_slot) slots[op->result_slot % IP_MAX_SLOTS] = (uint64_t)result;
    int bad = op->expect == IP_EXPECT_VALUE ? result != op->expected : sys_failed(result);
    if (!bad || op->expect == IP_EXPECT_ANY) continue;
    report(chain ? "the compiled restart of a process" : label_of(op), result);
    if (op->expect != IP_EXPECT_WARN || chain) {
      restart_failed();
      sys1(SYS_exit_group, 1);
    }
  }
}

static uint64_t parse(const char *text) {
  uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (uint64_t)(*text - '0');
  return value;
}

/* argv: interpose-restorer FD LENGTH, the file with what `interpose restart` compiled, and the first program in it. */
_Noreturn void restorer_main(const uint64_t *stack) {
  sys2(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, PTR(no_tls));
  if (stack[0] < 3) {
    report_text("this program is started by `interpose restart`, not by hand");
    sys1(SYS_exit_group, 2);
  }
  program_fd = parse((const char *)(uintptr_t)stack[2]);
  if (map_program(0, parse((const char *)(uintptr_t)stack[3]))) {
    report_text("the compiled restart cannot be read; use the restorer that belongs to this interpose");
    sys1(SYS_exit_group, 6);
  }
  if (program->bulk_length) {
    int64_t mapped =
        sys6(SYS_mmap, 0, program->bulk_length, PROT_READ, MAP_PRIVATE, program_fd, program->bulk_offset);
    if (sys_failed(mapped)) {
      report("what was unread", mapped);
      sys1(SYS_exit_group, 1);
    }
    bulk = (uint64_t)mapped;
  }
  int64_t shared = sys6(SYS_mmap, IP_SHARED, IP_SHARED_SIZE, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, (uint64_t)-1, 0);
  if (sys_failed(shared)) report("memory that the processes share", shared);
  else run(0, UINT64_MAX);
  sys1(SYS_exit_group, 1);
  __builtin_unreachable();
}
