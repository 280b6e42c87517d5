/*
 * What the native shim and the managed agent share inside one process. src/Agent mirrors these layouts; a test holds
 * the two to each other. Everything is plain data in memory that belongs to the shim, so it is part of the image and
 * is still there after a restart.
 */
#ifndef INTERPOSE_ABI_H
#define INTERPOSE_ABI_H

#include <stdint.h>

#define IP_ABI_VERSION 1u

/*
 * Address range kept free in every process, so that the restorer, which is linked there, never collides with the
 * application's memory. See restorer/ and the reservation in shim/init.c.
 */
#define IP_WINDOW_BASE 0x1f0000000000ull
#define IP_WINDOW_SIZE (64ull << 20)

/*
 * Where the memory of the shim is mapped (ip_own_memory), and directly behind it, in as much again, that of the managed
 * runtime: away from the application's, and only as a hint, so that a program that uses these addresses loses nothing.
 */
#define IP_OWN_BASE 0x1f8000000000ull
#define IP_OWN_SIZE (512ull << 30)

/*
 * glibc's own SIGSETXID (nptl(7)): sigfillset, sigprocmask and sigaction of libc all leave it alone, so that no program
 * blocks or catches it; even libc's internal helper threads keep it open. Ours carry a value; the others go to libc.
 */
#define IP_SUSPEND_SIGNAL 33
#define IP_SUSPEND_VALUE 0x496E747270736521ull
/*
 * Sent by the coordinator to each thread of a process that is stopped (SIGSTOP), before it lets the process continue for
 * a checkpoint: they wait in the handler until the shim's thread suspends them in order, and run nothing of their own.
 * The SIGCONT carries the value too, for a program that has no handler yet (shim/suspend.c).
 */
#define IP_HOLD_VALUE 0x496E74486F6C6421ull

/* Callee-saved machine state of a thread that called ip_save_context (context.S). */
struct ip_context {
  uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
  uint32_t mxcsr;
  uint32_t x87_control;
};

enum ip_thread_state {
  IP_THREAD_FREE = 0,
  IP_THREAD_SIGNALLED = 1, /* the suspend signal is on its way */
  IP_THREAD_PARKED = 2,    /* waits in the handler, every fact below is recorded */
  IP_THREAD_RESTORED = 3,  /* came back from an image and waits in the handler again */
  IP_THREAD_GONE = 4,      /* exited before the signal reached it */
  IP_THREAD_READY = 5,     /* has its signals back and waits for the others */
  IP_THREAD_ARRIVING = 6,  /* in the handler: it is going to be parked, and waited for if it is let go before that */
};

enum ip_thread_command {
  IP_COMMAND_NONE = 0,
  IP_COMMAND_COLLECT = 1, /* dequeue this thread's pending signals into the slot */
};

#define IP_SIGINFO_SIZE 128

/* A signal taken out of the kernel's queues while everything stands still; they go back in this order. */
struct ip_pending {
  int32_t tid;                   /* the thread that has to queue it again */
  uint32_t for_thread;           /* 1: it was queued for that thread; 0: for the process */
  uint8_t info[IP_SIGINFO_SIZE]; /* siginfo_t */
};

struct ip_thread {
  int32_t tid;
  uint32_t state;   /* enum ip_thread_state; a futex */
  uint32_t service; /* 1: the shim's own thread or one of the agent's runtime */
  uint32_t command; /* enum ip_thread_command; done when back to NONE */
  uint64_t fs_base;
  uint64_t gs_base;
  uint64_t robust_list; /* get_robust_list(2) */
  uint64_t robust_list_length;
  uint64_t clear_child_tid;     /* PR_GET_TID_ADDRESS, prctl(2) */
  uint64_t user_context;        /* ucontext_t of the signal frame */
  uint64_t signal_mask;         /* the application's mask, from the frame */
  uint64_t timer_slack;         /* PR_GET_TIMERSLACK, ns */
  uint32_t parent_death_signal; /* PR_GET_PDEATHSIG; kept per thread */
  uint32_t reserved;
  struct ip_context context; /* where a restart continues */
  /* The system call it was in when the signal was sent, /proc/PID/task/TID/syscall; number -1: none known. */
  int64_t call_number;
  uint64_t call_args[6];
  uint64_t call_sp;
  uint64_t call_pc;
  uint32_t pending_count; /* its records in ip_state.pending */
  uint32_t pending_lost;  /* the table was full */
};

/* Written by the restart program into the restored process, read by its agent. */
struct ip_restart_info {
  uint32_t generation; /* 0: never restarted */
  uint32_t reserved;
  uint64_t epoch;
  uint64_t image_dev; /* st_dev of the image whose pages may be mapped, 0: none */
  uint64_t image_ino;
  char coordinator[256]; /* host:port */
  uint8_t secret[32];
};

struct ip_state {
  uint32_t abi;
  uint32_t rseq_offset_valid;
  int64_t rseq_offset;   /* __rseq_offset of glibc */
  uint32_t rseq_size;    /* 0: not registered by glibc */
  uint32_t resume_word;  /* futex the parked threads wait on */
  uint32_t release_word; /* futex the ready threads wait on */
  int32_t dumpable;      /* PR_GET_DUMPABLE of the application, while it is suspended */
  uint64_t advice_begun; /* calls of madvise, mlock and the like, see advice.c */
  uint64_t advice_done;
  int32_t connection; /* fd to the coordinator, -1: none */
  int32_t service_tid;
  uint32_t thread_count; /* used slots */
  uint32_t thread_capacity;
  uint64_t threads;       /* struct ip_thread[] */
  uint64_t pending;       /* struct ip_pending[] */
  uint32_t pending_count; /* used records */
  uint32_t pending_capacity;
  char coordinator[256];
  uint8_t secret[32];
  char shim_path[512];
  struct ip_restart_info restart;
  /* Entries of environ, which points here: a restart that writes to them changes what getenv(3) and system(3) see. */
  char env_coordinator[300]; /* INTERPOSE_COORDINATOR=host:port */
  char env_secret[96];       /* INTERPOSE_SECRET=hex */
  char computation[132];     /* its id */
  uint32_t is_root;          /* 1: a process that `interpose run` became, not a child of one */
  uint32_t io_uring;         /* 1: io_uring is not hidden */
  uint32_t fork_generation;  /* forks without exec between the program's start and this process */
  uint32_t own_threads; /* of the shim and of the agent's runtime in this process */
  uint64_t objects; /* struct ip_objects, 0: none */
  uint32_t stopped; /* 1: it was stopped when it was woken for a checkpoint, and is to be stopped again */
  uint32_t reserved;
  /* INTERPOSE_HOST_NAME=name: the host it belongs to, wherever it was restarted; empty: the name of the machine. */
  char env_host[96];
  char env_moved[1024]; /* INTERPOSE_MOVED=OLD=NEW,...: addresses that a restart has changed; empty: none */
  uint64_t application; /* struct ip_application, 0: none */
  uint64_t screen_modes; /* struct ip_screen_mode[IP_SCREEN_MODES], 0: none */
  /* Of the connection, docs/protocol.md: how many there were before it, the keys, and the next number in each row. */
  uint64_t connections;
  uint8_t send_key[32];
  uint8_t receive_key[32];
  uint64_t frames_sent;
  uint64_t reports_sent;
};

/* What the program said by the functions of interpose.h. */
enum { IP_IGNORED_FDS = 256 };
struct ip_application {
  uint32_t ignored_count;
  int32_t ignored[IP_IGNORED_FDS]; /* fds that are no leaks */
};

/* A mode of a terminal that the program has switched (shim/screen.c). */
#define IP_SCREEN_MODES 64u
#define IP_SCREEN_KEYPAD 100000u /* application keypad, ESC = and ESC > */
struct ip_screen_mode {
  uint32_t device; /* of the terminal, TIOCGDEV */
  int32_t fd;      /* by which it was written */
  uint32_t mode;   /* a DEC private mode, or IP_SCREEN_KEYPAD */
  uint32_t set;    /* 1: on */
  uint64_t time_ns; /* CLOCK_MONOTONIC; 0: the entry is free */
};

/* What only the moment of a call can tell of kernel objects (shim/objects.c). */
#define IP_IPC_SHM 1u
#define IP_IPC_SEM 2u
#define IP_IPC_MSG 3u
#define IP_IPC_IDS 4096u
#define IP_IPC_UNDO 4096u

/* A path that was given to inotify_add_watch(2), absolute, NUL-terminated; records follow each other. */
struct ip_watch_path {
  uint32_t size;  /* of the whole record, a multiple of 8; 0: no more */
  uint32_t ready; /* 1: the path is complete */
};

/* An identifier of svipc(7) that this process asked for or used. */
struct ip_ipc_id {
  uint32_t kind; /* IP_IPC_* */
  int32_t id;
};

/* semadj of semop(2): what the kernel adds to a semaphore when this process exits. */
struct ip_ipc_undo {
  int32_t id;
  uint32_t number;
  int64_t adjust;
};

struct ip_objects {
  uint64_t paths;      /* struct ip_watch_path, 0: none */
  uint64_t paths_used; /* bytes */
  uint32_t last_watch; /* the highest watch descriptor that was given out */
  uint32_t id_count;
  uint32_t undo_count;
  uint32_t lost;          /* 1: a table was full */
  uint64_t ids;           /* struct ip_ipc_id[IP_IPC_IDS] */
  uint64_t undo;          /* struct ip_ipc_undo[IP_IPC_UNDO] */
};

/* A range of memory and what the writer has to know about it beyond /proc/self/maps. */
struct ip_range {
  uint64_t start;
  uint64_t end;
  uint64_t flags; /* IP_VM_* of interpose_image.h, or IP_RANGE_* */
};
#define IP_RANGE_EXCLUDE (1ull << 62) /* neither its pages nor its mapping are part of the image */
#define IP_RANGE_DISCARD (1ull << 61) /* the mapping is, its contents are not */
#define IP_RANGE_WHOLE (1ull << 60)   /* its file is gone: every page is saved, as anonymous memory */

/* Contents of an object that more than one mapping or process may see; copied while everything stands still. */
struct ip_object_piece {
  uint64_t source; /* address of the frozen copy */
  uint64_t length;
  uint64_t offset; /* in the object */
  uint32_t object; /* 1 + index of the object in the metadata */
  uint32_t reserved;
};

/* Outcome of the writer, in memory that twin and process share. */
struct ip_write_result {
  uint32_t done;   /* 1: the image is on disk; 2: failed */
  int32_t error;   /* errno */
  char where[128]; /* the operation that failed */
  uint64_t image_bytes;
  uint64_t stored_pages;
  uint64_t raw_bytes;
  uint64_t pause_us; /* written by the process once it runs again */
  uint32_t header_crc;
  uint32_t reserved;
};

struct ip_snapshot_plan {
  int32_t image_fd;
  int32_t notify_fd;
  uint32_t codec;
  uint32_t workers;
  uint64_t epoch;
  uint64_t metadata; /* address */
  uint64_t metadata_length;
  uint64_t ranges; /* struct ip_range[], sorted by start */
  uint64_t range_count;
  uint64_t pieces; /* struct ip_object_piece[] */
  uint64_t piece_count;
  uint64_t image_dev; /* mappings of this file are pages of an earlier image, see restart_info */
  uint64_t image_ino;
  uint64_t pid;
  uint64_t result; /* struct ip_write_result, shared with the twin */
  uint64_t notify; /* frame to send on success; the writer fills the placeholders below */
  uint64_t notify_length;
  uint64_t notify_bytes_at; /* offsets of big-endian u64 placeholders; 0: none */
  uint64_t notify_pages_at;
  uint64_t notify_raw_at;
  uint64_t notify_pause_at;
  uint64_t notify_crc_at;
  uint64_t notify_key; /* uint8_t[32], seals the frame when it is filled */
  uint64_t in_place; /* 1: write without a twin, stopped */
};

/* Results of snapshot(). */
#define IP_SNAPSHOT_RESTORED (-100000)

/* The services of the shim for the agent. All return 0 or a positive value, or -errno. */
struct ip_api {
  uint32_t abi;
  uint32_t size;
  struct ip_state *state;
  int64_t (*suspend)(uint64_t timeout_ms);
  int64_t (*collect_signals)(void);
  int64_t (*resume)(void);
  int64_t (*snapshot)(struct ip_snapshot_plan *plan); /* twin's pid, 0 in place, or IP_SNAPSHOT_RESTORED */
  int64_t (*wait_restored)(uint64_t timeout_ms);
  int64_t (*connect)(int32_t restored); /* a new connection, introduced; its fd */
  int64_t (*system_call)(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);
  int64_t (*before)(uint64_t timeout_ms);        /* the program's own preparations: 0, -EBUSY, -ETIMEDOUT */
  void (*after)(int32_t restarted);              /* its threads run again */
  void (*ended)(int64_t outcome, const char *why); /* of the checkpoint that the program asked for */
};

/* What the agent exports. */
typedef int32_t (*ip_agent_init_fn)(const struct ip_api *api);
typedef int32_t (*ip_agent_dispatch_fn)(void); /* handles what arrives on state->connection until idle again */

#endif
