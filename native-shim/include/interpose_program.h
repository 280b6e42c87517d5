/*
 * A restart, compiled: a linear list of operations that the restorer executes without knowing why. Written by
 * src/Restart, printed by `interpose images inspect --plan`. One file: header, operations, data.
 */
#ifndef INTERPOSE_PROGRAM_H
#define INTERPOSE_PROGRAM_H

#include <stdint.h>

#define IP_PROGRAM_MAGIC 0x31474F5250524E49ull /* "INRPROG1", little endian */
#define IP_PROGRAM_VERSION 1u
#define IP_PROGRAM_BASE 0x1f0000800000ull  /* where the restorer maps the program: window + 8 MiB */
#define IP_THREAD_STACKS 0x1f0002000000ull /* window + 32 MiB: a small stack for each thread until it jumps */
#define IP_THREAD_STACK_SIZE 8192u
#define IP_STAGING 0x1f0003800000ull /* window + 56 MiB: vdso and vvar while the rest is unmapped */
#define IP_MAX_SLOTS 262144u
#define IP_SHARED 0x1f0003c00000ull /* window + 60 MiB: struct ip_restart_shared, seen by every process of the restart */
#define IP_SHARED_SIZE 65536u
#define IP_BARRIERS 4u

/* How the processes of one restart wait for each other. Zero when it is mapped. */
struct ip_restart_shared {
  uint32_t failed;                /* one of them cannot go on: none may */
  uint32_t created_count;         /* processes so far */
  uint32_t arrived[IP_BARRIERS];  /* futexes */
  uint32_t continued;             /* a shell continues the command: CONTINUED_… of supervise.c, for init to take */
  int32_t created[16000];         /* their pids */
};

enum ip_op_kind {
  IP_OP_SYSCALL = 1,   /* number: the system call; args as they are */
  IP_OP_STORE = 2,     /* *(size number)args[0] = args[1] */
  IP_OP_COPY = 3,      /* memcpy(args[0], args[1], args[2]) */
  IP_OP_PROCESS = 4,   /* clone3: a process with pid args[0] (0: any) and exit signal args[1] runs from operation number
                          on; result: its pid. args[2]: 1 for one that is to be restored, not only to help */
  IP_OP_THREAD = 5,    /* clone3: thread args[0], FS base args[1], clear_child_tid args[2], stack top args[3] */
  IP_OP_JUMP = 6,      /* continue at the struct ip_context at args[0]; does not come back */
  IP_OP_LOAD = 7,      /* unpack chunks: args: fd, extents, count, chunks, count, workers */
  IP_OP_SUPERVISE = 8, /* pass signals on, end as the program ends: see supervise.c for the arguments */
  IP_OP_FIND_VDSO = 9, /* slots from args[0] on: start and length of [vvar], [vvar_vclock], [vdso] */
  IP_OP_EXIT = 10,     /* exit_group(args[0]) */
  IP_OP_FETCH = 11,    /* result: the number bytes at args[0], what a system call left in memory */
  IP_OP_FORMAT = 12,   /* writes args[1] in decimal, NUL-terminated, to args[0] */
  IP_OP_GOTO = 13,     /* goes on at operation number */
  IP_OP_CHAIN = 14,    /* goes on with another program: offset args[0] and length args[1] in the file of this one */
  IP_OP_BARRIER = 15,  /* arrives at barrier args[0] and waits until args[1] processes have */
  IP_OP_IF_FAILED = 17, /* goes on at operation number when args[0] is -errno */
  IP_OP_PSEUDOTERMINAL = 18, /* result: a master of the ptmx device args[0] with number args[1] (-1: any), or -EBUSY */
  IP_OP_DIE = 16,      /* ends as a process whose wait status is args[0] did (wait(2)) */
  IP_OP_AS = 19,       /* the operations up to number are done by a process with pid args[0], user args[1] and group
                          args[2], which shares memory and fds and then ends: the kernel remembers who has done some
                          things. After args[3] tries to get that number they are done here */
};

enum ip_arg_mode { IP_ARG_LITERAL = 0, IP_ARG_SLOT = 1, IP_ARG_DATA = 2, IP_ARG_BULK = 3 };

enum ip_expect {
  IP_EXPECT_SUCCESS = 0, /* anything but -errno */
  IP_EXPECT_VALUE = 1,   /* exactly expected */
  IP_EXPECT_ANY = 2,     /* the result does not matter */
  IP_EXPECT_WARN = 3,    /* a failure is reported, and the restart goes on */
};

struct ip_op {
  uint16_t kind;
  uint16_t expect;
  uint32_t label; /* offset in data: what this operation does, for people, NUL-terminated */
  int64_t number;
  uint64_t args[6];
  uint32_t modes;       /* four bits for each argument, enum ip_arg_mode */
  uint32_t result_slot; /* 0: nowhere */
  int64_t expected;
};

struct ip_program {
  uint64_t magic;
  uint32_t version;
  uint32_t op_count;
  uint64_t data_offset; /* from the start of the program; the operations follow this header */
  uint64_t length;      /* of all */
  uint64_t bulk_offset; /* in the file of this program: what does not fit into the window, for the first program only */
  uint64_t bulk_length;
};

#endif
