/* What the parts of the shim know of each other. */
#ifndef INTERPOSE_SHIM_H
#define INTERPOSE_SHIM_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "interpose_abi.h"
#include "interpose_image.h"

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

/* glibc's pthread TLS works in wrappers, but must resolve without a call: the handler reads it. */
#define SHIM_THREAD __thread __attribute__((tls_model("initial-exec")))

extern HIDDEN struct ip_state ip_state;

/* struct sigaction as the kernel has it (asm/signal.h). */
struct kernel_sigaction {
  void (*handler)(int, siginfo_t *, void *);
  uint64_t flags;
  void (*restorer)(void);
  uint64_t mask;
};

/* context.S: returns 0 when it saves, 1 when a restart continues there. */
HIDDEN int ip_save_context(struct ip_context *context) __attribute__((returns_twice));
/* context.S: a fork-like or thread-like clone; fn runs on the given stack (0: the caller's, copied) and must not
 * return. */
HIDDEN int64_t ip_clone_thread(uint64_t flags, void *stack_top, void (*fn)(void *), void *arg);

/* context.S: calls fn(arg) on another stack. */
HIDDEN void ip_call_on_stack(void (*fn)(void *), void *arg, void *stack_top);

/* own_memory.c: readable and writable address space for the shim, which costs what is touched of it; or -errno. */
HIDDEN int64_t ip_own_memory(uint64_t length);

/* environment.c: what keeps a program that this one executes in the computation */
HIDDEN int ip_environment_start(const char *coordinator, const char *secret);
/* Bytes that ip_environment_build needs; 0: nothing has to be changed. */
HIDDEN size_t ip_environment_need(char *const envp[]);
/* Builds the environment for a program in memory of that size (aligned as a pointer). */
HIDDEN char **ip_environment_build(char *const envp[], void *memory);
enum { IP_ENVIRONMENT_ON_STACK = 32 << 10 }; /* a bigger one is mapped */

/* exec.c */
HIDDEN int ip_execute(const char *path, char *const argv[], char *const envp[]);

/* inspect.c: a word at the terminal when the shim cannot enter the program. */
HIDDEN void ip_warn_unmanaged(int directory, const char *path);
HIDDEN void ip_warn_unmanaged_on_path(const char *file);

/* path.c: the next candidate for a program's name on PATH, in buffer; NULL: no more. *position starts as NULL. */
HIDDEN const char *ip_next_on_path(const char *file, const char **position, char *buffer, size_t size);

/* suspend.c: what was sent to the program before this one has nobody to take it. Call first, and the other last. */
HIDDEN void ip_suspend_inherited(void);
HIDDEN void ip_suspend_started(int is_member);

/* suspend.c: with the signal blocked; what a child of vfork was told, the new program has to do. */
HIDDEN void ip_suspend_before_exec(void);

/* suspend.c: what this thread had under way, and what the shim's own thread would wait for, is done. */
HIDDEN void ip_suspend_due(void);

/* suspend.c: dlsym(3) of the next library in search order. */
HIDDEN void *ip_find_real(const char *name);

/* suspend.c: in the child, when its state is its own. */
HIDDEN void ip_suspend_forked(void);

/* service.c */
HIDDEN int ip_is_own_stack(uint64_t address); /* of a thread of ours */
HIDDEN void ip_service_start(void);
HIDDEN void ip_service_forked(void);           /* in the child */
HIDDEN void ip_service_awake(void);            /* the time of a newborn is over; in a signal handler */
#define IP_NEWBORN_VALUE 0x496E7465726E6577ull /* value of the signal that says so */

/* fork.c: between enter and leave no process is forked. */
HIDDEN void ip_fork_install(void);
HIDDEN void ip_gate_enter(void);
HIDDEN void ip_gate_leave(void);
HIDDEN void ip_gate_wait_free(void);
HIDDEN int ip_fork_is_under_way(void); /* of this thread, so that the agent waits for it */

HIDDEN uint64_t ip_count_threads(void); /* the application's */

/* capabilities.c: runs in the service thread, in the handler. */
HIDDEN void ip_repeat_call(void);
#define IP_REPEAT_VALUE 0x496E746572526570ull /* value of the signal that asks for it */

/* io_uring.c */
HIDDEN int ip_hides_io_uring(void);

/* suspend.c */
HIDDEN void ip_suspend_install(void);

/* usage.c: at the picture, in a restored life, and in a child; _thread in each thread that is parked. */
HIDDEN void ip_usage_install(void);
HIDDEN void ip_usage_take(void);
HIDDEN void ip_usage_restored(void);
HIDDEN void ip_usage_forked(void);
HIDDEN void ip_usage_take_thread(void);
HIDDEN void ip_usage_thread_restored(void);
HIDDEN int64_t ip_suspend(uint64_t timeout_ms);
HIDDEN int64_t ip_collect_signals(void);
HIDDEN int64_t ip_resume(void);
HIDDEN int64_t ip_wait_restored(uint64_t timeout_ms);
HIDDEN void ip_record_thread(struct ip_thread *slot);
HIDDEN void ip_threads_reset(void);

/* waits.c: how a blocking call of this thread is to be continued */
HIDDEN void ip_continue_interrupted_call(struct ip_thread *slot, ucontext_t *uc);
HIDDEN void ip_finish_cut_call(ucontext_t *uc);

/* snapshot.c, writer.c */
HIDDEN int64_t ip_snapshot(struct ip_snapshot_plan *plan);
HIDDEN void ip_write_image(struct ip_snapshot_plan *plan);

/* crc32c.c */
HIDDEN uint32_t ip_crc32c(const void *data, size_t length);
struct ip_crc_lanes {
  uint64_t lane[4];
};
HIDDEN void ip_crc_lanes_init(struct ip_crc_lanes *lanes);
HIDDEN void ip_crc_lanes_add(struct ip_crc_lanes *lanes, const void *data, size_t length); /* multiple of 32 */
HIDDEN uint32_t ip_crc_lanes_finish(const struct ip_crc_lanes *lanes, const void *tail, size_t tail_length);

/* sha256.c */
HIDDEN void ip_hmac_sha256(const uint8_t key[32], const void *data, size_t length, uint8_t mac[32]);

/* remote.c */
enum { IP_RELAY_PATH = 600, IP_RELAY_WORDS = 2 };
HIDDEN int ip_is_remote_start(const char *path, char relay[IP_RELAY_PATH]);
HIDDEN void ip_remote_words(const char *relay, const char *path, char *const argv[], char **words);

/* screen.c */
void ip_screen_start(void) HIDDEN;

#endif
