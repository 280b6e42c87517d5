/*
 * Connection, handshake and introduction. Native, so that a process which is never checkpointed does not pay for a
 * managed runtime. docs/protocol.md describes the frames.
 */
#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "application.h"
#include "frame.h"
#include "sys.h"
#include "text.h"

enum { CHALLENGE = 1, AUTH = 2, ACCEPT = 3, HELLO = 10, FAILED = 31, CHECKPOINT_WANTED = 33, PROTOCOL_VERSION = 2, ROLE_PROCESS = 0 };
enum { HANDSHAKE_MS = 5000, NONCE = 32, MAC = 32 };

static int read_fully(int fd, void *data, size_t length) {
  for (size_t have = 0; have < length;) {
    struct pollfd p = {fd, POLLIN, 0};
    if (sys3(SYS_poll, PTR(&p), 1, HANDSHAKE_MS) <= 0) return -1;
    int64_t n = sys3(SYS_read, (uint64_t)fd, PTR((uint8_t *)data + have), length - have);
    if (n <= 0) return -1;
    have += (size_t)n;
  }
  return 0;
}

/* Reads one frame of the handshake: [type, ..., bin 32], the shape both answers have. */
static int read_handshake(int fd, uint8_t type, int small_fields, uint8_t binary[32]) {
  uint8_t payload[1024];
  uint32_t length;
  if (read_fully(fd, &length, 4) || length < 2 || length > sizeof payload || read_fully(fd, payload, length)) return -1;
  size_t at = 2 + (size_t)small_fields;
  if ((payload[0] & 0xf0) != 0x90 || payload[1] != type || length < at + 2 + NONCE) return -1;
  if (payload[at] != 0xc4 || payload[at + 1] != NONCE) return -1;
  memcpy(binary, payload + at + 2, NONCE);
  return 0;
}

/* A pair of keys that only this connection has. */
static void derive_keys(const uint8_t server_nonce[NONCE], const uint8_t client_nonce[NONCE]) {
  static const char to_server[] = "interpose-key-client", to_client[] = "interpose-key-server";
  enum { LABEL = sizeof to_server - 1 };
  uint8_t text[LABEL + 2 * NONCE];
  memcpy(text + LABEL, server_nonce, NONCE);
  memcpy(text + LABEL + NONCE, client_nonce, NONCE);
  memcpy(text, to_server, LABEL);
  ip_hmac_sha256(ip_state.secret, text, sizeof text, ip_state.send_key);
  memcpy(text, to_client, LABEL);
  ip_hmac_sha256(ip_state.secret, text, sizeof text, ip_state.receive_key);
  ip_state.connections++;
  ip_state.frames_sent = ip_state.reports_sent = 0;
}

static int handshake(int fd) {
  static const char to_server[] = "interpose-auth-client", to_client[] = "interpose-auth-server";
  enum { LABEL = sizeof to_server - 1 };
  uint8_t server_nonce[NONCE], client_nonce[NONCE], mac[MAC], expected[MAC], text[LABEL + 1 + 2 * NONCE];
  if (read_handshake(fd, CHALLENGE, 1, server_nonce)) return -1;
  if (sys3(SYS_getrandom, PTR(client_nonce), NONCE, 0) != NONCE) return -1;

  memcpy(text, to_server, LABEL);
  text[LABEL] = ROLE_PROCESS;
  memcpy(text + LABEL + 1, server_nonce, NONCE);
  memcpy(text + LABEL + 1 + NONCE, client_nonce, NONCE);
  ip_hmac_sha256(ip_state.secret, text, LABEL + 1 + 2 * NONCE, mac);
  struct frame f;
  ip_frame_begin(&f, 5, AUTH);
  ip_frame_byte(&f, PROTOCOL_VERSION);
  ip_frame_byte(&f, ROLE_PROCESS);
  ip_frame_binary(&f, client_nonce, NONCE);
  ip_frame_binary(&f, mac, MAC);
  if (ip_frame_send_plain(fd, &f) || read_handshake(fd, ACCEPT, 0, mac)) return -1;

  memcpy(text, to_client, LABEL);
  memcpy(text + LABEL, client_nonce, NONCE);
  memcpy(text + LABEL + NONCE, server_nonce, NONCE);
  ip_hmac_sha256(ip_state.secret, text, LABEL + 2 * NONCE, expected);
  if (memcmp(mac, expected, MAC)) return -1; /* not the coordinator it claims to be */
  derive_keys(server_nonce, client_nonce);
  return 0;
}

static int introduce(int fd, int restored) {
  struct utsname host;
  char comm[64], exe[500];
  int64_t length = ip_read_file("/proc/self/comm", comm, sizeof comm);
  comm[length > 0 ? length - 1 : 0] = 0;
  length = sys3(SYS_readlink, PTR("/proc/self/exe"), PTR(exe), sizeof exe - 1);
  exe[length > 0 ? length : 0] = 0;
  if (sys_failed(sys1(SYS_uname, PTR(&host)))) host.nodename[0] = 0;
  struct frame f;
  ip_frame_begin(&f, 10, HELLO);
  ip_frame_byte(&f, IP_ABI_VERSION);
  ip_frame_u64(&f, (uint64_t)sys0(SYS_getpid));
  ip_frame_u64(&f, (uint64_t)sys0(SYS_getppid));
  ip_frame_text(&f, *ip_state.env_host ? strchr(ip_state.env_host, '=') + 1 : host.nodename);
  ip_frame_text(&f, comm);
  ip_frame_text(&f, exe);
  ip_frame_u64(&f, (uint64_t)sys0(SYS_getuid));
  ip_frame_byte(&f, restored ? 0xc3 : 0xc2);
  ip_frame_u64(&f, restored ? ip_state.restart.epoch : 0);
  return ip_frame_send_sealed(fd, &f);
}

/* "1.2.3.4:5" or "[::1]:5"; names are resolved before the program starts. */
static int parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length) {
  char host[64];
  const char *colon = strrchr(text, ':');
  if (!colon || colon == text) return -1;
  size_t size = (size_t)(colon - text);
  int six = text[0] == '[' && text[size - 1] == ']';
  if (six) text++, size -= 2;
  if (size >= sizeof host) return -1;
  memcpy(host, text, size);
  host[size] = 0;
  uint16_t port = htons((uint16_t)ip_parse_decimal(colon + 1, NULL));
  memset(address, 0, sizeof *address);
  if (six) {
    struct sockaddr_in6 *a = (struct sockaddr_in6 *)address;
    a->sin6_family = AF_INET6;
    a->sin6_port = port;
    *length = sizeof *a;
    return inet_pton(AF_INET6, host, &a->sin6_addr) == 1 ? 0 : -1;
  }
  struct sockaddr_in *a = (struct sockaddr_in *)address;
  a->sin_family = AF_INET;
  a->sin_port = port;
  *length = sizeof *a;
  return inet_pton(AF_INET, host, &a->sin_addr) == 1 ? 0 : -1;
}

/* What a runtime prints in despair goes nowhere: 0, 1 and 2 of our own table of fds lead to /dev/null. */
static void fill_standard_fds(void) {
  int64_t fd;
  do fd = sys3(SYS_open, PTR("/dev/null"), O_RDWR | O_CLOEXEC, 0);
  while (fd >= 0 && fd <= 2);
  if (fd > 2) sys1(SYS_close, (uint64_t)fd);
}

int64_t ip_connect(int32_t restored) {
  struct sockaddr_storage address;
  socklen_t length;
  fill_standard_fds();
  if (parse_address(ip_state.coordinator, &address, &length)) return -EINVAL;
  int64_t fd = sys3(SYS_socket, address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (sys_failed(fd)) return fd;
  int64_t outcome = sys3(SYS_connect, (uint64_t)fd, PTR(&address), length);
  if (sys_failed(outcome)) {
    sys1(SYS_close, (uint64_t)fd);
    return outcome;
  }
  /* A coordinator whose host has gone says nothing any more: this is how it is noticed, after a minute and a half. */
  int on = 1, idle = 60, interval = 10, probes = 3;
  sys5(SYS_setsockopt, (uint64_t)fd, SOL_SOCKET, SO_KEEPALIVE, PTR(&on), sizeof on);
  sys5(SYS_setsockopt, (uint64_t)fd, IPPROTO_TCP, TCP_KEEPIDLE, PTR(&idle), sizeof idle);
  sys5(SYS_setsockopt, (uint64_t)fd, IPPROTO_TCP, TCP_KEEPINTVL, PTR(&interval), sizeof interval);
  sys5(SYS_setsockopt, (uint64_t)fd, IPPROTO_TCP, TCP_KEEPCNT, PTR(&probes), sizeof probes);
  sys5(SYS_setsockopt, (uint64_t)fd, IPPROTO_TCP, TCP_NODELAY, PTR(&on), sizeof on);
  if (handshake((int)fd) || introduce((int)fd, restored)) {
    sys1(SYS_close, (uint64_t)fd);
    return -EPROTO;
  }
  return fd;
}

void ip_report_failure(int fd, const char *what, const char *why) {
  struct frame f;
  ip_frame_begin(&f, 5, FAILED);
  ip_frame_u64(&f, 0);  /* no particular epoch */
  ip_frame_byte(&f, 1); /* phase Suspend */
  ip_frame_byte(&f, 1); /* exit code 1 */
  char text[500];
  size_t length = 0;
  for (const char *part = what; part; part = part == what ? why : NULL)
    for (; *part && length < sizeof text - 1; part++) text[length++] = *part;
  text[length] = 0;
  ip_frame_text(&f, text);
  ip_frame_send_sealed(fd, &f);
}

int ip_wait_for_frame(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
  char byte;
  do {
    if (!ip_application_wants()) continue;
    struct frame f;
    ip_frame_begin(&f, 1, CHECKPOINT_WANTED);
    if (ip_frame_send_sealed(fd, &f)) return 0;
  } while (sys3(SYS_poll, PTR(&p), 1, (uint64_t)-1) == -EINTR);
  return sys6(SYS_recvfrom, (uint64_t)fd, PTR(&byte), 1, MSG_PEEK, 0, 0) == 1;
}
