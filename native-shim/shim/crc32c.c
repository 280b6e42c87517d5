/* CRC-32C with the SSE4.2 instruction; four lanes for page data, because one lane alone is bound by its latency. */
#include <nmmintrin.h>
#include <string.h>

#include "shim.h"

uint32_t ip_crc32c(const void *data, size_t length) {
  const uint8_t *p = data;
  uint64_t crc = 0xFFFFFFFFu;
  for (; length >= 8; p += 8, length -= 8) {
    uint64_t word;
    __builtin_memcpy(&word, p, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  while (length--) crc = _mm_crc32_u8((uint32_t)crc, *p++);
  return ~(uint32_t)crc;
}

void ip_crc_lanes_init(struct ip_crc_lanes *lanes) {
  for (int i = 0; i < 4; i++) lanes->lane[i] = 0xFFFFFFFFu;
}

void ip_crc_lanes_add(struct ip_crc_lanes *lanes, const void *data, size_t length) {
  const uint64_t *p = data;
  uint64_t a = lanes->lane[0], b = lanes->lane[1], c = lanes->lane[2], d = lanes->lane[3];
  for (; length >= 32; p += 4, length -= 32) {
    a = _mm_crc32_u64(a, p[0]);
    b = _mm_crc32_u64(b, p[1]);
    c = _mm_crc32_u64(c, p[2]);
    d = _mm_crc32_u64(d, p[3]);
  }
  lanes->lane[0] = a, lanes->lane[1] = b, lanes->lane[2] = c, lanes->lane[3] = d;
}

uint32_t ip_crc_lanes_finish(const struct ip_crc_lanes *lanes, const void *tail, size_t tail_length) {
  uint8_t end[48];
  for (int i = 0; i < 4; i++) {
    uint32_t value = (uint32_t)lanes->lane[i];
    __builtin_memcpy(end + 4 * i, &value, 4);
  }
  if (tail_length) __builtin_memcpy(end + 16, tail, tail_length);
  return ip_crc32c(end, 16 + tail_length);
}
