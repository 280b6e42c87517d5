/*
 * For programs that want to help Interpose, or to know about it. None has to: this is for those that have memory which
 * need not be saved, moments at which they must not be, or something to do before and after.
 *
 * Link with -linterpose-client. Without Interpose every call does nothing and returns INTERPOSE_ABSENT; under Interpose
 * the preloaded library takes the place of these functions. All may be called by any thread, none in a signal handler.
 */
#ifndef INTERPOSE_H
#define INTERPOSE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  INTERPOSE_ABSENT = 0,    /* the program does not run under Interpose; nothing was done */
  INTERPOSE_RESUMED = 1,   /* done; of interpose_checkpoint: the checkpoint is on disk, and this is the life that goes on */
  INTERPOSE_RESTARTED = 2, /* of interpose_checkpoint: this is a life that was restarted from a checkpoint */
};

/* 1 under Interpose, 0 otherwise. */
int interpose_running(void);

/* How many restarts lie behind this life; 0 in the first one. */
unsigned interpose_generation(void);

/*
 * Asks for a checkpoint of the whole computation and waits for its end. INTERPOSE_RESUMED, INTERPOSE_RESTARTED,
 * INTERPOSE_ABSENT, or a negative errno value: -ENOTCONN without a coordinator, -EDEADLK between interpose_delay and
 * interpose_allow, -EIO when the checkpoint failed; interpose_error says why.
 */
int interpose_checkpoint(void);

/* Why the last interpose_checkpoint of this process failed; "" if it did not. Valid until the next one. */
const char *interpose_error(void);

/*
 * Between these no checkpoint begins. They nest. A checkpoint that is asked for meanwhile waits, and is given up when it
 * has waited for two seconds.
 */
int interpose_delay(void);
int interpose_allow(void);

/*
 * The whole pages in this private memory are not saved; after a restart they are zero. At most 256 ranges: -ENOSPC. The
 * second takes back what the first said of a range that begins there, -ENOENT: it did not.
 */
int interpose_exclude_memory(const void *start, size_t length);
int interpose_include_memory(const void *start);

/* Whoever else has this fd open does not count as a leak (interpose run --leaks). At most 256 fds: -ENOSPC. */
int interpose_ignore_leak(int fd);

enum {
  INTERPOSE_BEFORE_CHECKPOINT = 0, /* the checkpoint waits for its end, for two seconds at most */
  INTERPOSE_AFTER_RESUME = 1,      /* the program goes on at the same time, after a failed checkpoint too */
  INTERPOSE_AFTER_RESTART = 2,     /* likewise, in a restarted life */
};

/*
 * Calls a function at each of these moments, in the order of registration, on a thread of its own. At most 64: -ENOSPC. A
 * child of fork does not inherit them.
 */
int interpose_on(int moment, void (*function)(void *argument), void *argument);

/*
 * Closes an fd before each checkpoint, when the functions of that moment have returned, and has it opened again afterwards,
 * before theirs are called: the function returns an fd of its own, which takes the number of the old one, or a negative value.
 * In between, and when nothing could be opened, the number leads to /dev/null, so that nobody else gets it. For connections
 * and files that a picture is not to hold. -EBADF: there is no such fd; -ENOSPC as above.
 */
int interpose_reopen(int fd, int (*open_again)(int fd, void *argument), void *argument);

#ifdef __cplusplus
}
#endif

#endif
