/* Frames to the coordinator, docs/protocol.md. */
#ifndef INTERPOSE_FRAME_H
#define INTERPOSE_FRAME_H

#include "shim.h"

/* A frame under construction; room for length and number is kept in front. */
struct frame {
  size_t length;
  uint8_t bytes[2048];
};

HIDDEN void ip_frame_begin(struct frame *f, uint8_t elements, uint8_t type);
HIDDEN void ip_frame_byte(struct frame *f, uint8_t value);
HIDDEN void ip_frame_u64(struct frame *f, uint64_t value);
HIDDEN void ip_frame_text(struct frame *f, const char *text);
HIDDEN void ip_frame_binary(struct frame *f, const void *data, uint8_t length);

/* 0, or -1: the coordinator is gone. Plain is for the handshake, sealed for all that follows it. */
HIDDEN int ip_frame_send_plain(int fd, struct frame *f);
HIDDEN int ip_frame_send_sealed(int fd, struct frame *f);

/* sha256.c: writes the tag at the end of a whole frame of that many bytes, in whose last ones there is room for it. */
enum { IP_FRAME_LENGTH = 4, IP_FRAME_TAG = 16 };
HIDDEN void ip_frame_seal(const uint8_t key[32], uint8_t *frame, uint64_t length);

#endif
