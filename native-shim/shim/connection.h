/* The connection to the coordinator, up to the point where the managed agent takes over. */
#ifndef INTERPOSE_CONNECTION_H
#define INTERPOSE_CONNECTION_H

#include "shim.h"

/* Connects, proves knowledge of the secret, and introduces this process. The fd, or -errno. */
HIDDEN int64_t ip_connect(int32_t restored);

/* Tells the coordinator that this process cannot take part (message Failed of docs/protocol.md). */
HIDDEN void ip_report_failure(int fd, const char *what, const char *why);

/* 1: a frame is waiting; 0: the peer is gone. */
HIDDEN int ip_wait_for_frame(int fd);

#endif
