/* What the rest of the shim asks of the functions of interpose.h (application.c). */
#ifndef APPLICATION_H
#define APPLICATION_H

#include <stdint.h>

#include "shim.h"

#define IP_ASK_VALUE 0x496E7441736B4368ull /* value of the signal that wakes the service thread: look whether a checkpoint is wanted */

/* 1: a thread asked for a checkpoint since the last call. */
HIDDEN int ip_application_wants(void);

/* The end of a checkpoint: what interpose_checkpoint returns, and why it failed or NULL. */
HIDDEN void ip_application_ended(int64_t outcome, const char *why);

/* Before threads are suspended. 0, -EBUSY: a section of the program lasts too long, -ETIMEDOUT: a callback does. */
HIDDEN int64_t ip_application_before(uint64_t timeout_ms);

/* Threads run again, also after a checkpoint that failed. */
HIDDEN void ip_application_after(int32_t restarted);

/* In a child. */
HIDDEN void ip_application_forked(void);

#endif
