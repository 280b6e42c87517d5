/*
 * Rules for code that lives in somebody else's process
 *
 * - No application thread enters managed code, takes a lock of ours, or allocates for us.
 * - errno, signal masks, the working directory and the low file descriptors are the application's.
 * - Nothing is ever written to its standard output or error.
 * - What runs in the suspend handler or in the twin uses system calls only, no libc.
 * - Without INTERPOSE_COORDINATOR in the environment, the shim does nothing at all.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>

#include "shim.h"
#include "sys.h"

struct ip_state ip_state = {.abi = IP_ABI_VERSION, .connection = -1};

static int parse_secret(const char *hex, uint8_t secret[32]) {
  for (int i = 0; i < 64; i++) {
    char c = hex[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -1;
    secret[i / 2] = (uint8_t)(i % 2 ? secret[i / 2] << 4 | digit : digit);
  }
  return hex[64] ? -1 : 0;
}

/* The restorer runs here after a restart; holding the range keeps the application's memory out of it. */
static void reserve_window(void) {
  sys6(SYS_mmap, IP_WINDOW_BASE, IP_WINDOW_SIZE, PROT_NONE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, (uint64_t)-1, 0);
}

/* The command itself, started inside a computation: it is no part of it, or it would have to checkpoint itself. */
static int is_our_command(void) {
  static const char library[] = "/lib/interpose/libinterpose.so", command[] = "/bin/interpose";
  char exe[sizeof ip_state.shim_path + sizeof command], expected[sizeof exe];
  size_t length = strlen(ip_state.shim_path), suffix = sizeof library - 1;
  if (length < suffix || strcmp(ip_state.shim_path + length - suffix, library)) return 0;
  memcpy(expected, ip_state.shim_path, length - suffix);
  strcpy(expected + length - suffix, command);
  int64_t got = sys3(SYS_readlink, PTR("/proc/self/exe"), PTR(exe), sizeof exe - 1);
  exe[got > 0 ? got : 0] = 0;
  return !strcmp(exe, expected);
}

static int join(void) {
  const char *coordinator = getenv("INTERPOSE_COORDINATOR"), *secret = getenv("INTERPOSE_SECRET");
  Dl_info self;
  if (!coordinator || !secret || strlen(coordinator) >= sizeof ip_state.coordinator) return 0;
  if (parse_secret(secret, ip_state.secret)) return 0;
  if (!dladdr((void *)(uintptr_t)join, &self) || strlen(self.dli_fname) >= sizeof ip_state.shim_path) return 0;
  strcpy(ip_state.shim_path, self.dli_fname);
  if (is_our_command() || ip_environment_start(coordinator, secret)) return 0;
  strcpy(ip_state.coordinator, coordinator);
  ip_state.rseq_offset = __rseq_offset;
  ip_state.rseq_size = __rseq_size;
  ip_state.rseq_offset_valid = 1;
  reserve_window();
  ip_screen_start();
  ip_fork_install();
  ip_usage_install();
  ip_service_start();
  ip_suspend_install(); /* after the first thread: libc installs its own handler of this signal with that one */
  return 1;
}

static __attribute__((constructor)) void start(void) {
  ip_suspend_inherited();
  ip_suspend_started(join());
}
