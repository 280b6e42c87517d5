/*
 * The shim's own thread: keeps the connection to the coordinator, and loads the managed agent when the coordinator
 * first asks for something. No application thread ever runs managed code.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "connection.h"
#include "shim.h"
#include "sys.h"

enum { STACK = 1 << 20, RECONNECT_SECONDS = 2 };

static ip_agent_dispatch_fn dispatch;
static const struct ip_api api = {
    .abi = IP_ABI_VERSION,
    .size = sizeof(struct ip_api),
    .state = &ip_state,
    .suspend = ip_suspend,
    .collect_signals = ip_collect_signals,
    .resume = ip_resume,
    .snapshot = ip_snapshot,
    .wait_restored = ip_wait_restored,
    .connect = ip_connect,
    .system_call = sys6,
};

/* The agent lies beside the shim. Returns NULL, or why it cannot be used. */
static const char *load_agent(void) {
  static const char name[] = "libinterpose-agent.so";
  char path[sizeof ip_state.shim_path + sizeof name];
  const char *slash = strrchr(ip_state.shim_path, '/');
  size_t directory = slash ? (size_t)(slash - ip_state.shim_path) + 1 : 0;
  memcpy(path, ip_state.shim_path, directory);
  memcpy(path + directory, name, sizeof name);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  ip_agent_init_fn init = (ip_agent_init_fn)(uintptr_t)dlsym(library, "interpose_agent_init");
  ip_agent_dispatch_fn found = (ip_agent_dispatch_fn)(uintptr_t)dlsym(library, "interpose_agent_dispatch");
  if (!init || !found) return "it lacks the entry points";
  if (init(&api)) return "its ABI version is not that of the shim; install both from the same build";
  dispatch = found;
  return NULL;
}

static void serve(void) {
  while (ip_wait_for_frame(ip_state.connection)) {
    if (!dispatch) {
      const char *why = load_agent();
      if (why) {
        ip_report_failure(ip_state.connection, "cannot load the agent: ", why);
        return;
      }
    }
    if (dispatch() < 0) return;
  }
}

static void *service(void *unused) {
  (void)unused;
  ip_state.service_tid = (int32_t)sys0(SYS_gettid);
  /* A table of fds of our own: the application's stays shared with nobody, which keeps its system calls fast (the
     kernel's fdget), its numbers free, and our connection out of its reach. */
  if (sys_failed(sys1(SYS_unshare, CLONE_FILES))) return NULL;
  sys3(SYS_close_range, 0, UINT32_MAX, 0);
  for (;;) {
    ip_state.connection = (int32_t)ip_connect(0);
    if (ip_state.connection >= 0) {
      serve();
      sys1(SYS_close, (uint64_t)ip_state.connection);
      ip_state.connection = -1;
    }
    /* The computation goes on without a coordinator; one that comes back at the same place finds us again. */
    struct timespec pause = {RECONNECT_SECONDS, 0};
    sys2(SYS_nanosleep, PTR(&pause), 0);
  }
  return NULL;
}

static uint8_t *stack; /* kept for the forked child: the dead parent's thread is not there to use it */

void ip_service_start(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  if (!stack) {
    int64_t memory = sys6(SYS_mmap, 0, STACK, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, (uint64_t)-1, 0);
    if (sys_failed(memory)) return;
    stack = (uint8_t *)(uintptr_t)memory;
  }
  /* Nothing meant for the application may be delivered here; threads of the runtime inherit the mask and must still
     hear the suspend signal. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, STACK);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &attributes, service, NULL)) ip_state.service_tid = 0;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}
