/*
 * A host that was restarted elsewhere has other addresses than the programs have noted. What they bind to and connect to
 * from now on is put right here: INTERPOSE_MOVED=OLD=NEW,OLD=NEW in ip_state, which a restart writes and programs that
 * are executed inherit. IPv4, also when an IPv6 socket speaks it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "real.h"
#include "shim.h"

/* The present address of a former one: 0 when there is none. */
static in_addr_t present(in_addr_t former) {
  char text[INET_ADDRSTRLEN + 1];
  if (!inet_ntop(AF_INET, &former, text, INET_ADDRSTRLEN)) return 0;
  size_t length = strlen(text);
  text[length++] = '=';
  for (const char *at = strchr(ip_state.env_moved, '='); at; at = strchr(at + 1, ',')) {
    if (strncmp(at + 1, text, length)) continue;
    char to[INET_ADDRSTRLEN];
    struct in_addr address;
    size_t size = strcspn(at + 1 + length, ",");
    if (size >= sizeof to) return 0;
    memcpy(to, at + 1 + length, size);
    to[size] = 0;
    return inet_pton(AF_INET, to, &address) == 1 ? address.s_addr : 0;
  }
  return 0;
}

/* Copies the address with the present one in it; 0: it is as it was. */
static int move(const struct sockaddr *from, socklen_t length, struct sockaddr_storage *to) {
  if (!ip_state.env_moved[0] || !from || length > sizeof *to) return 0;
  memcpy(to, from, length);
  in_addr_t *part = NULL;
  if (from->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    part = &((struct sockaddr_in *)to)->sin_addr.s_addr;
  } else if (from->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
    struct in6_addr *six = &((struct sockaddr_in6 *)to)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(six)) part = &six->s6_addr32[3];
  }
  in_addr_t now = part ? present(*part) : 0;
  if (now) *part = now;
  return now != 0;
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length) {
  struct sockaddr_storage moved;
  return REAL(connect)(fd, move(address, length, &moved) ? (struct sockaddr *)&moved : address, length);
}

EXPORT int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct sockaddr_storage moved;
  return REAL(bind)(fd, move(address, length, &moved) ? (struct sockaddr *)&moved : address, length);
}
