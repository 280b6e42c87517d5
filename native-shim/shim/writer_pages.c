/*
 * Which pages to save: private ones that exist and are not, unchanged, those of the mapped file, and that hold
 * anything but zeros. From PAGEMAP_SCAN (Documentation/admin-guide/mm/pagemap.rst, Linux 6.7), or from
 * /proc/self/pagemap where the kernel does not have it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "excluded.h"
#include "sys.h"
#include "writer.h"

enum { FILE_PAGE = 1 << 2, PRESENT = 1 << 3, SWAPPED = 1 << 4, ZERO_PAGE = 1 << 5 };

struct scan_region {
  uint64_t start, end, categories;
};
struct scan_request {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
      category_anyof_mask, return_mask;
};
#define PAGEMAP_SCAN_REQUEST _IOWR('f', 16, struct scan_request)

static int is_zero(uint64_t page) {
  const uint64_t *word = (const uint64_t *)(uintptr_t)page;
  for (uint64_t i = 0; i < IP_PAGE_SIZE / 8; i += 4)
    if (word[i] | word[i + 1] | word[i + 2] | word[i + 3]) return 0;
  return 1;
}

static int add_extent(struct writer *w, uint64_t address, uint64_t length, uint32_t object) {
  struct ip_image_extent *last = w->extent_count ? &w->extents[w->extent_count - 1] : NULL;
  if (last && last->object == object && last->address + last->length == address && object == 0 &&
      last->stream_offset + last->length == w->stream_length) {
    last->length += length;
  } else {
    if (w->extent_count == WRITER_MAX_EXTENTS) return writer_failed(w, "listing the pages", -E2BIG);
    w->extents[w->extent_count++] = (struct ip_image_extent){address, length, w->stream_length, object, 0};
  }
  w->stream_length += length;
  return 0;
}

/* Saves the pages of a range that are not all zero. An extent never reaches over the end of its mapping. */
static int add_range(struct writer *w, uint64_t start, uint64_t end, int *first_of_vma) {
  uint64_t from, to;
  if (ip_excluded_find(start, end, &from, &to))
    return (from > start && add_range(w, start, from, first_of_vma)) || (to < end && add_range(w, to, end, first_of_vma)) ? -1 : 0;
  w->raw_bytes += end - start;
  for (uint64_t page = start; page < end;) {
    while (page < end && is_zero(page)) page += IP_PAGE_SIZE;
    uint64_t from = page;
    while (page < end && !is_zero(page)) page += IP_PAGE_SIZE;
    if (page == from) break;
    if (*first_of_vma) { /* adjacent mappings do not share an extent */
      *first_of_vma = 0;
      if (w->extent_count == WRITER_MAX_EXTENTS) return writer_failed(w, "listing the pages", -E2BIG);
      w->extents[w->extent_count++] = (struct ip_image_extent){from, page - from, w->stream_length, 0, 0};
      w->stream_length += page - from;
    } else if (add_extent(w, from, page - from, 0)) {
      return -1;
    }
  }
  return 0;
}

static int scan_new(struct writer *w, int64_t pagemap, uint64_t start, uint64_t end, int *first) {
  struct scan_region regions[256];
  struct scan_request request = {.size = sizeof request,
                                 .start = start,
                                 .end = end,
                                 .vec = PTR(regions),
                                 .vec_len = sizeof regions / sizeof *regions,
                                 .category_inverted = FILE_PAGE | ZERO_PAGE,
                                 .category_mask = FILE_PAGE | ZERO_PAGE,
                                 .category_anyof_mask = PRESENT | SWAPPED,
                                 .return_mask = PRESENT | SWAPPED};
  while (request.start < end) {
    int64_t count = sys3(SYS_ioctl, (uint64_t)pagemap, PAGEMAP_SCAN_REQUEST, PTR(&request));
    if (count == -ENOTTY || count == -EINVAL) return -ENOTTY;
    if (sys_failed(count)) return writer_failed(w, "PAGEMAP_SCAN", count);
    for (int64_t i = 0; i < count; i++)
      if (add_range(w, regions[i].start, regions[i].end, first)) return -1;
    if (request.walk_end <= request.start) break;
    request.start = request.walk_end;
  }
  return 0;
}

static int scan_old(struct writer *w, int64_t pagemap, uint64_t start, uint64_t end, int *first) {
  enum { ENTRIES = 2048 };
  uint64_t entries[ENTRIES];
  for (uint64_t page = start; page < end;) {
    uint64_t want = (end - page) / IP_PAGE_SIZE;
    if (want > ENTRIES) want = ENTRIES;
    int64_t n = sys4(SYS_pread64, (uint64_t)pagemap, PTR(entries), want * 8, page / IP_PAGE_SIZE * 8);
    if (n <= 0) return writer_failed(w, "read /proc/self/pagemap", n ? n : -EIO);
    for (uint64_t i = 0; i < (uint64_t)n / 8; i++, page += IP_PAGE_SIZE) {
      int exists = (entries[i] >> 62) != 0, file = (entries[i] >> 61) & 1;
      if (exists && !file && add_range(w, page, page + IP_PAGE_SIZE, first)) return -1;
    }
  }
  return 0;
}

static int scan(struct writer *w, int64_t pagemap, uint64_t start, uint64_t end, int *first, int *use_new) {
  if (start >= end) return 0;
  if (*use_new) {
    int outcome = scan_new(w, pagemap, start, end, first);
    if (outcome != -ENOTTY) return outcome;
    *use_new = 0;
  }
  return scan_old(w, pagemap, start, end, first);
}

/* Beyond the end of its file a mapping raises SIGBUS; process_vm_readv(2) on ourselves fails instead. */
static int is_backed(int64_t pid, uint64_t page) {
  uint8_t byte;
  struct iovec to = {&byte, 1}, from = {(void *)(uintptr_t)page, 1};
  return sys6(SYS_process_vm_readv, (uint64_t)pid, PTR(&to), 1, PTR(&from), 1, 0) == 1;
}

static int add_whole(struct writer *w, uint64_t start, uint64_t end, uint32_t probe, int *first) {
  if (!probe) return add_range(w, start, end, first);
  int64_t pid = sys0(SYS_getpid);
  for (uint64_t page = start; page < end; page += IP_PAGE_SIZE)
    if (is_backed(pid, page) && add_range(w, page, page + IP_PAGE_SIZE, first)) return -1;
  return 0;
}

/* Pages of an earlier image are saved whole, whether this process has touched them or not. */
static int scan_mapping(struct writer *w, int64_t pagemap, const struct ip_image_vma *vma, uint32_t *image_at,
                        int *use_new) {
  int first = 1;
  uint64_t at = vma->start;
  for (; *image_at < w->from_image_count && w->from_image[*image_at].start < vma->end; ++*image_at) {
    struct image_range *r = &w->from_image[*image_at];
    if (r->end <= at) continue;
    uint64_t start = r->start < at ? at : r->start, end = r->end < vma->end ? r->end : vma->end;
    if (scan(w, pagemap, at, start, &first, use_new) || add_whole(w, start, end, r->probe, &first)) return -1;
    at = end;
  }
  return scan(w, pagemap, at, vma->end, &first, use_new);
}

int writer_find_pages(struct writer *w) {
  w->extents = writer_allocate(w, (uint64_t)WRITER_MAX_EXTENTS * sizeof *w->extents);
  if (!w->extents) return writer_failed(w, "allocating the table of pages", -ENOMEM);
  int64_t pagemap = sys3(SYS_open, PTR("/proc/self/pagemap"), O_RDONLY | O_CLOEXEC, 0);
  if (sys_failed(pagemap)) return writer_failed(w, "open /proc/self/pagemap", pagemap);
  int use_new = 1;
  uint32_t image_at = 0;
  for (uint32_t i = 0; i < w->vma_count; i++) {
    struct ip_image_vma *vma = &w->vmas[i];
    int discard = (vma->vm_flags & IP_RANGE_DISCARD) != 0;
    vma->vm_flags &= ~IP_RANGE_DISCARD;
    if (vma->shared || discard || vma->vm_flags & IP_VM_IO) continue;
    if (vma->name_length && w->strings[vma->name_offset] == '[') continue; /* [vdso] */
    uint64_t length = vma->end - vma->start;
    int readable = vma->prot & PROT_READ;
    if (!readable) sys3(SYS_mprotect, vma->start, length, vma->prot | PROT_READ);
    int outcome = scan_mapping(w, pagemap, vma, &image_at, &use_new);
    if (w->plan->in_place && !readable) sys3(SYS_mprotect, vma->start, length, vma->prot);
    if (outcome) return -1;
  }
  sys1(SYS_close, (uint64_t)pagemap);
  const struct ip_object_piece *piece = (const struct ip_object_piece *)(uintptr_t)w->plan->pieces;
  for (uint64_t i = 0; i < w->plan->piece_count; i++, piece++) {
    w->raw_bytes += piece->length;
    if (add_extent(w, piece->offset, piece->length, piece->object)) return -1;
  }
  return 0;
}
