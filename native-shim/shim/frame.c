/* Frames to the coordinator, docs/protocol.md. */
#define _GNU_SOURCE
#include "frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "sys.h"

enum { LENGTH = IP_FRAME_LENGTH, NUMBER = 8 };

void ip_frame_byte(struct frame *f, uint8_t value) {
  if (f->length < sizeof f->bytes) f->bytes[f->length++] = value;
}
static void put_bytes(struct frame *f, const void *data, size_t length) {
  if (length > sizeof f->bytes - f->length) length = sizeof f->bytes - f->length;
  memcpy(f->bytes + f->length, data, length);
  f->length += length;
}
void ip_frame_u64(struct frame *f, uint64_t value) {
  ip_frame_byte(f, 0xcf);
  for (int shift = 56; shift >= 0; shift -= 8) ip_frame_byte(f, (uint8_t)(value >> shift));
}
void ip_frame_text(struct frame *f, const char *text) {
  size_t length = strnlen(text, 500);
  ip_frame_byte(f, 0xda); /* str 16 */
  ip_frame_byte(f, (uint8_t)(length >> 8));
  ip_frame_byte(f, (uint8_t)length);
  put_bytes(f, text, length);
}
void ip_frame_binary(struct frame *f, const void *data, uint8_t length) {
  ip_frame_byte(f, 0xc4); /* bin 8 */
  ip_frame_byte(f, length);
  put_bytes(f, data, length);
}
void ip_frame_begin(struct frame *f, uint8_t elements, uint8_t type) {
  f->length = LENGTH + NUMBER;
  ip_frame_byte(f, 0x90 | elements);
  ip_frame_byte(f, type);
}

static int send_all(int fd, const uint8_t *bytes, size_t length) {
  for (size_t sent = 0; sent < length;) {
    int64_t n = sys6(SYS_sendto, (uint64_t)fd, PTR(bytes + sent), length - sent, MSG_NOSIGNAL, 0, 0);
    if (n == -EINTR) continue;
    if (n <= 0) return -1;
    sent += (size_t)n;
  }
  return 0;
}

int ip_frame_send_plain(int fd, struct frame *f) {
  uint32_t payload = (uint32_t)(f->length - LENGTH - NUMBER);
  memcpy(f->bytes + NUMBER, &payload, LENGTH);
  return send_all(fd, f->bytes + NUMBER, f->length - NUMBER);
}

int ip_frame_send_sealed(int fd, struct frame *f) {
  if (f->length > sizeof f->bytes - IP_FRAME_TAG) return -1;
  f->length += IP_FRAME_TAG;
  uint32_t length = (uint32_t)(f->length - LENGTH);
  uint64_t number = ip_state.frames_sent++;
  memcpy(f->bytes, &length, LENGTH);
  memcpy(f->bytes + LENGTH, &number, NUMBER);
  ip_frame_seal(ip_state.send_key, f->bytes, f->length);
  return send_all(fd, f->bytes, f->length);
}
