/* The entry, and what both sides share. */
#define _GNU_SOURCE
#include "remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIELDS = 8, LARGEST_FIELD = 1 << 20 };

int remote_read(int fd, void *data, size_t length) {
  for (size_t have = 0; have < length;) {
    ssize_t n = read(fd, (char *)data + have, length - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    have += (size_t)n;
  }
  return 0;
}

int remote_write(int fd, const void *data, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = write(fd, (const char *)data + done, length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    done += (size_t)n;
  }
  return 0;
}

int remote_send(int connection, enum kind kind, const void *data, size_t length) {
  uint8_t header[5] = {(uint8_t)kind};
  uint32_t size = (uint32_t)length;
  memcpy(header + 1, &size, 4);
  return remote_write(connection, header, sizeof header) || remote_write(connection, data, length) ? -1 : 0;
}

int remote_receive(int connection, void *data, size_t *length) {
  uint8_t header[5];
  uint32_t size;
  if (remote_read(connection, header, sizeof header)) return -1;
  memcpy(&size, header + 1, 4);
  if (size > LARGEST_FRAME || remote_read(connection, data, size)) return -1;
  *length = size;
  return header[0];
}

_Noreturn void remote_die(const char *what, const char *why) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  fprintf(stderr, "interpose: remote start on %s: %s: %s\n", host, what, why);
  exit(REMOTE_FAILED);
}

static char **fields_of(struct order *order, int index) {
  char **all[FIELDS] = {&order->coordinator, &order->secret, &order->computation, &order->directory,
                        &order->codec,       &order->token,  &order->port,        &order->command};
  return all[index];
}

/* Each field: length + 1 (4 bytes), or 0 for none, and its bytes. */
int order_write(int fd, const struct order *order) {
  for (int i = 0; i < FIELDS; i++) {
    const char *text = *fields_of((struct order *)order, i);
    uint32_t size = text ? (uint32_t)strlen(text) + 1 : 0;
    if (remote_write(fd, &size, 4) || (text && remote_write(fd, text, size))) return -1;
  }
  return 0;
}

int order_read(int fd, struct order *order) {
  for (int i = 0; i < FIELDS; i++) {
    uint32_t size;
    char **field = fields_of(order, i);
    *field = NULL;
    if (remote_read(fd, &size, 4) || size > LARGEST_FIELD) return -1;
    if (size == 0) continue;
    *field = malloc(size);
    if (!*field || remote_read(fd, *field, size) || (*field)[size - 1]) return -1;
  }
  return order->coordinator && order->secret && order->computation && order->token && order->port && order->command ? 0
                                                                                                                   : -1;
}

int main(int argc, char **argv) {
  if (argc >= 4 && !strcmp(argv[1], "ssh")) return remote_client(argc, argv);
  if (argc == 2 && !strcmp(argv[1], "serve")) return remote_serve();
  if (argc == 4 && !strcmp(argv[1], "run")) return remote_run(argv);
  fprintf(stderr, "interpose-remote: a part of Interpose; it is executed in the place of ssh\n");
  return 2;
}
