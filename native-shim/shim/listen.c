/*
 * A port where somebody listened can be bound again while connections of it are in TIME_WAIT (tcp(7)), but only if both
 * they and who binds have SO_REUSEADDR (socket(7)). They inherit it from the socket that listened when they came: after a
 * restart it is too late. Set before listen(2) and not at bind(2): a socket that listens shares its port with nobody,
 * whatever it says, so programs that look for a free port find what they would find without us.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "real.h"
#include "shim.h"

EXPORT int listen(int fd, int backlog) {
  int before = errno, on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  errno = before;
  return REAL(listen)(fd, backlog);
}
