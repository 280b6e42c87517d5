// Shared by all guest programs. A guest sets up one kind of process state, says READY, waits
// until the file named by its first argument exists, verifies its state and prints one verdict
// line: "PASS name" or "FAIL name: why". Between READY and the go file it may be checkpointed,
// killed and restarted any number of times; run plain it must pass as well.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// Blocking calls under test last this long; the harness fits two generations into it.
enum { GUEST_CALL_SECONDS = 4 };

// A call that lay over a kill and a restart may end late by the time the program did not exist.
enum { GUEST_DOWNTIME_SECONDS = 60 };

// The file whose appearance ends the wait.
extern const char *guest_go_path;

// Prints the verdict and ends the whole process at once, from any thread.
void guest_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4), noreturn));

#define FAIL(...) guest_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            FAIL(__VA_ARGS__);                                                                                         \
    } while (0)
// For set-up calls that cannot fail on a sane machine; prints the expression and errno.
#define MUST(expression)                                                                                               \
    ({                                                                                                                 \
        __typeof__(expression) result_ = (expression);                                                                 \
        if (result_ == (__typeof__(expression))-1)                                                                     \
            FAIL("%s: %s", #expression, strerror(errno));                                                              \
        result_;                                                                                                       \
    })

// Call first in main.
void guest_init(int argc, char **argv);
// State is set up.
void guest_ready(void);
// Whether the go file is there.
bool guest_go(void);
// Sleeps in short steps until the go file is there.
void guest_wait(void);
// Prints the verdict; use as `return guest_pass();`.
int guest_pass(void);

// Starts a thread or fails.
pthread_t guest_thread(void *(*start)(void *), void *argument);
// Returns when thread `tid` of this process sleeps in the kernel.
void guest_wait_asleep(pid_t tid);

// CLOCK_MONOTONIC in nanoseconds.
int64_t guest_now(void);
// Fills memory with a sequence that depends on the seed; guest_check_pattern verifies it.
void guest_pattern(void *memory, size_t size, uint64_t seed);
// Offset of the first byte that differs from the pattern, or -1.
ssize_t guest_check_pattern(const void *memory, size_t size, uint64_t seed);

// The permissions ("rw-p") of the mapping that holds the address, or "----" with nothing there.
void guest_permissions(const void *address, char permissions[5]);
// The value of one line of /proc/self/smaps for the mapping that starts at or holds the address
// (for instance "VmFlags:"), without trailing blanks; an empty string when there is none.
void guest_smaps(const void *address, const char *key, char *value, size_t size);
// Whether the VmFlags of the mapping contain the two-letter flag.
bool guest_has_vmflag(const void *address, const char *flag);
// The number behind a key of /proc/self/status (for instance "VmLck:"), in its own unit.
long guest_status(const char *key);
// Whether reading one byte at the address raises SIGSEGV.
bool guest_read_faults(const void *address);
