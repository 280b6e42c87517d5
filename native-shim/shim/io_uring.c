/*
 * io_uring cannot be checkpointed, and most programs that use it have another way where the kernel does not offer it.
 * So it is not offered, unless INTERPOSE_IO_URING asks for it: syscall(2) and the entry points of liburing say ENOSYS.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "real.h"
#include "shim.h"

struct io_uring_params;
struct io_uring;
int io_uring_setup(unsigned entries, struct io_uring_params *params);
int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *params);
int io_uring_queue_init_mem(unsigned entries, struct io_uring *ring, struct io_uring_params *params, void *buffer,
                            size_t size);

int ip_hides_io_uring(void) { return ip_state.env_coordinator[0] && !ip_state.io_uring; }

#define PASS_ON(name, ...) (ip_hides_io_uring() || !REAL(name) ? -ENOSYS : REAL(name)(__VA_ARGS__))

EXPORT int io_uring_setup(unsigned entries, struct io_uring_params *params) {
  return PASS_ON(io_uring_setup, entries, params);
}

EXPORT int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags) {
  return PASS_ON(io_uring_queue_init, entries, ring, flags);
}

EXPORT int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *params) {
  return PASS_ON(io_uring_queue_init_params, entries, ring, params);
}

EXPORT int io_uring_queue_init_mem(unsigned entries, struct io_uring *ring, struct io_uring_params *params,
                                   void *buffer, size_t size) {
  return PASS_ON(io_uring_queue_init_mem, entries, ring, params, buffer, size);
}
