/* Reading small /proc files without libc. */
#ifndef INTERPOSE_TEXT_H
#define INTERPOSE_TEXT_H

#include "shim.h"

/* Parses decimal digits; *end, when given, is set behind them. */
HIDDEN uint64_t ip_parse_decimal(const char *text, const char **end);
HIDDEN uint64_t ip_parse_hex(const char *text, const char **end);

/* SigPnd and ShdPnd of /proc/self/task/TID/status; 0 when it cannot be read. */
HIDDEN int ip_read_pending_sets(int32_t tid, uint64_t *private_set, uint64_t *shared_set);

/* Fills slot->call_* from /proc/self/task/TID/syscall (proc_pid_syscall(5)). */
HIDDEN void ip_read_current_call(struct ip_thread *slot);

HIDDEN int ip_thread_is_zombie(int32_t tid);

/* The thread has the signal in its mask. */
HIDDEN int ip_thread_blocks(int32_t tid, int signo);

/* Reads at most size-1 bytes of a file and ends them with NUL; the length, or -errno. */
HIDDEN int64_t ip_read_file(const char *path, char *buffer, uint64_t size);

#endif
