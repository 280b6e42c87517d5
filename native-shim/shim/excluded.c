/*
 * Ranges of memory that are not saved. The table is in the picture of the process, where the writer reads it, and so in
 * its restarted lives.
 */
#include "excluded.h"

#include <errno.h>

#include "futex.h"
#include "interpose_image.h"

enum { RANGES = 256 };

static struct range {
  uint64_t start, end; /* whole pages; end 0: free */
} ranges[RANGES];
static uint32_t count; /* used at some time */

static uint64_t first_page(uint64_t start) { return (start + IP_PAGE_SIZE - 1) & ~(uint64_t)(IP_PAGE_SIZE - 1); }

int ip_excluded_add(uint64_t start, uint64_t length) {
  uint64_t from = first_page(start), to = (start + length) & ~(uint64_t)(IP_PAGE_SIZE - 1);
  if (start + length < start || from >= to) return -EINVAL;
  for (uint32_t i = 0; i < RANGES; i++) {
    if (ranges[i].end) continue;
    __atomic_store_n(&ranges[i].start, from, __ATOMIC_RELEASE);
    __atomic_store_n(&ranges[i].end, to, __ATOMIC_RELEASE);
    if (i >= count) ip_store(&count, i + 1);
    return 0;
  }
  return -ENOSPC;
}

int ip_excluded_remove(uint64_t start) {
  for (uint32_t i = 0; i < count; i++) {
    if (!ranges[i].end || ranges[i].start != first_page(start)) continue;
    __atomic_store_n(&ranges[i].end, 0, __ATOMIC_RELEASE);
    return 0;
  }
  return -ENOENT;
}

int ip_excluded_find(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to) {
  for (uint32_t i = 0; i < ip_load(&count); i++) {
    uint64_t last = __atomic_load_n(&ranges[i].end, __ATOMIC_ACQUIRE);
    if (last <= start || ranges[i].start >= end) continue;
    *from = ranges[i].start > start ? ranges[i].start : start;
    *to = last < end ? last : end;
    return 1;
  }
  return 0;
}
