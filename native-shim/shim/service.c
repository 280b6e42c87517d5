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
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "application.h"
#include "connection.h"
#include "shim.h"
#include "sys.h"

#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003

enum { STACK = 1 << 20, HELPER_STACK = 64 << 10, RECONNECT_SECONDS = 2 };

/* A process that lives for a millisecond must cost next to nothing: it connects when it is older than this. */
enum { NEWBORN_NS = 10000000 };

static ip_agent_init_fn init;
static ip_agent_dispatch_fn dispatch;
static int dispatching;  /* the agent has frames on the service thread's stack */
static int agent_is_old; /* the agent in our memory was the parent's */

/* The agent's way to the kernel. While it waits, it is at rest, and processes may be forked. */
static int64_t agent_call(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
  if (number != SYS_poll) return sys6(number, a, b, c, d, e, f);
  ip_gate_leave();
  int64_t result = sys6(number, a, b, c, d, e, f);
  ip_gate_enter();
  return result;
}

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
    .system_call = agent_call,
    .before = ip_application_before,
    .after = ip_application_after,
    .ended = ip_application_ended,
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
  init = (ip_agent_init_fn)(uintptr_t)dlsym(library, "interpose_agent_init");
  ip_agent_dispatch_fn found = (ip_agent_dispatch_fn)(uintptr_t)dlsym(library, "interpose_agent_dispatch");
  if (!init || !found) return "it lacks the entry points";
  agent_is_old = 1;
  dispatch = found;
  return NULL;
}

/* Returns 0 when the connection is of no more use. */
static int handle_frames(void) {
  const char *why = dispatch ? NULL : load_agent();
  if (!why && agent_is_old && init(&api))
    why = "its ABI version is not that of the shim; install both from the same build";
  if (why) {
    ip_report_failure(ip_state.connection, "cannot load the agent: ", why);
    return 0;
  }
  agent_is_old = 0;
  dispatching = 1;
  int outcome = dispatch();
  dispatching = 0;
  return outcome >= 0;
}

static void serve(void) {
  for (int more = 1; more && ip_wait_for_frame(ip_state.connection);) {
    ip_gate_enter();
    more = handle_frames();
    ip_gate_leave();
  }
}

/*
 * The thread-local memory of the program's first service thread. In a child of fork it is there, whole and without a
 * thread: what has to be done before there is a service thread is done by a helper that borrows it.
 */
static struct {
  uint64_t fs_base;
  uint64_t tid_address;
} legacy;

/* In libc's threads, where the thread pointer points to and where the kernel clears the number at the end are both
   parts of one structure (struct pthread), which is also what pthread_t points to. */
static void remember(pthread_t thread) {
  uint64_t own_base = 0, own_tid = 0;
  if (legacy.fs_base) return;
  sys2(SYS_arch_prctl, ARCH_GET_FS, PTR(&own_base));
  if (!sys_failed(sys2(SYS_prctl, PR_GET_TID_ADDRESS, PTR(&own_tid))))
    legacy.tid_address = (uint64_t)thread + (own_tid - own_base);
  legacy.fs_base = (uint64_t)thread;
}

static void pause_ns(uint64_t ns) {
  struct timespec pause = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  sys2(SYS_nanosleep, PTR(&pause), 0);
}

static void *service(void *newborn) {
  ip_gate_wait_free(); /* until the helper is done */
  ip_state.service_tid = (int32_t)sys0(SYS_gettid);
  /* A table of fds of our own: the application's stays shared with nobody, which keeps its system calls fast (the
     kernel's fdget), its numbers free, and our connection out of its reach. */
  if (sys_failed(sys1(SYS_unshare, CLONE_FILES))) return NULL;
  sys3(SYS_close_range, 0, UINT32_MAX, 0);
  if (newborn) pause_ns(NEWBORN_NS);
  for (;;) {
    ip_state.connection = (int32_t)ip_connect(0);
    if (ip_state.connection >= 0) {
      serve();
      ip_application_ended(-ENOTCONN, "the connection to the coordinator was lost");
      sys1(SYS_close, (uint64_t)ip_state.connection);
      ip_state.connection = -1;
    }
    /* The computation goes on without a coordinator; one that comes back at the same place finds us again. */
    pause_ns(RECONNECT_SECONDS * 1000000000ull);
  }
  return NULL;
}

static uint32_t helped; /* this process has its thread, or the helper that starts it */

/* The first thread's, which the helper lives on in children, and that of a child's own thread. */
static uint8_t *first_stack, *stack;

static uint8_t *new_stack(void) {
  int64_t memory = ip_own_memory(STACK);
  return sys_failed(memory) ? NULL : (uint8_t *)(uintptr_t)memory;
}

/* libc ends the process when the last thread it knows of calls pthread_exit: ours is not one of them. */
static void do_not_count(void) {
  static unsigned *threads; /* found in the first process: in a child the lock of the dynamic linker may be taken */
  if (!threads) threads = dlsym(RTLD_DEFAULT, "__nptl_nthreads");
  if (threads) __atomic_fetch_sub(threads, 1, __ATOMIC_ACQ_REL);
}

static void start_on(uint8_t *memory, int newborn) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  /* Nothing meant for the application may be delivered here; threads of the runtime inherit the mask and must still
     hear the suspend signal. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, memory, STACK);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &attributes, service, newborn ? memory : NULL))
    ip_state.service_tid = 0;
  else {
    do_not_count();
    __atomic_fetch_add(&ip_state.own_threads, 1, __ATOMIC_ACQ_REL);
    remember(thread);
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void ip_service_start(void) {
  helped = 1;
  if ((first_stack = new_stack())) start_on(first_stack, !ip_state.is_root);
}

static uint8_t helper_stack[HELPER_STACK] __attribute__((aligned(16)));
static int32_t newborn_timer = -1;

/* Of a thread of ours, also one that has not got as far as to say so. */
int ip_is_own_stack(uint64_t address) {
  uint64_t helper = PTR(helper_stack);
  return (address >= helper && address < helper + sizeof helper_stack) ||
         (address >= IP_OWN_BASE && address < IP_OWN_BASE + 2 * IP_OWN_SIZE);
}

/*
 * A thread of the kernel's making that wears the inherited thread-local memory: a full thread as far as libc is
 * concerned, which can call pthread_create where a signal handler cannot.
 */
static void help(void *unused) {
  (void)unused;
  sys2(SYS_arch_prctl, ARCH_SET_FS, legacy.fs_base);
  if (legacy.tid_address) *(int32_t *)(uintptr_t)legacy.tid_address = (int32_t)sys0(SYS_gettid);
  ip_gate_enter();
  if (stack || (stack = new_stack())) start_on(stack, 0);
  ip_gate_leave();
  __atomic_fetch_sub(&ip_state.own_threads, 1, __ATOMIC_ACQ_REL);
  for (;;) sys1(SYS_exit, 0);
}

void ip_service_awake(void) {
  if (newborn_timer >= 0) sys1(SYS_timer_delete, (uint64_t)newborn_timer);
  newborn_timer = -1;
  if (__atomic_exchange_n(&helped, 1, __ATOMIC_ACQ_REL)) return;
  __atomic_fetch_add(&ip_state.own_threads, 1, __ATOMIC_ACQ_REL);
  ip_clone_thread(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
                  helper_stack + sizeof helper_stack, help, NULL);
}

/* No thread yet: most children execute a program at once, and a thread would cost them a fifth of a millisecond. */
void ip_service_forked(void) {
  if (!legacy.fs_base) return; /* the parent has not got as far itself */
  agent_is_old = dispatch != NULL;
  if (dispatching) stack = NULL; /* the collector looks at the frames on it; they stay for ever */
  dispatching = 0;
  helped = 0;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = IP_SUSPEND_SIGNAL};
  event.sigev_value.sival_ptr = (void *)(uintptr_t)IP_NEWBORN_VALUE;
  struct itimerspec due = {.it_value.tv_nsec = NEWBORN_NS};
  newborn_timer = -1;
  if (sys_failed(sys3(SYS_timer_create, CLOCK_MONOTONIC, PTR(&event), PTR(&newborn_timer))))
    ip_service_awake();
  else
    sys4(SYS_timer_settime, (uint64_t)newborn_timer, 0, PTR(&due), 0);
}
