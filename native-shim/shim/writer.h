/* Parts of the writer. All of it runs in the twin: no libc state, no allocation but the arena, one thread or a few. */
#ifndef INTERPOSE_WRITER_H
#define INTERPOSE_WRITER_H

#include "shim.h"

struct writer {
  const struct ip_snapshot_plan *plan;
  struct ip_write_result *result;
  struct ip_image_header header;
  uint8_t *arena, *arena_next, *arena_end;
  struct ip_image_vma *vmas;
  uint32_t vma_count;
  struct image_range {
    uint64_t start, end;
    uint32_t probe; /* the file may be shorter than the mapping */
  } * from_image;   /* to be saved whole: pages mapped out of an image, or of a file that is gone; ascending */
  uint32_t from_image_count;
  char *strings;
  uint64_t strings_length;
  struct ip_image_extent *extents;
  uint32_t extent_count;
  struct ip_image_chunk *chunks;
  uint32_t chunk_count;
  uint64_t stream_length;
  uint64_t raw_bytes;
  uint64_t data_end;   /* next free byte of the file for compressed chunks; atomic */
  uint32_t next_chunk; /* atomic */
  uint32_t workers_left;
};

enum {
  WRITER_MAX_VMAS = 131072,
  WRITER_MAX_STRINGS = 16 << 20,
  WRITER_MAX_EXTENTS = 4 << 20,
};

/* Memory from the arena, 64-byte aligned, zero; NULL when it is used up. */
HIDDEN void *writer_allocate(struct writer *w, uint64_t size);
/* Notes the first failure. Returns -1 for "return writer_failed(...)". */
HIDDEN int writer_failed(struct writer *w, const char *where, int64_t error);
HIDDEN int writer_has_failed(const struct writer *w);
HIDDEN int writer_pwrite(struct writer *w, const void *data, uint64_t length, uint64_t offset, const char *where);

HIDDEN int writer_read_maps(struct writer *w);    /* writer_maps.c: the vma table */
HIDDEN int writer_find_pages(struct writer *w);   /* writer_pages.c: the extent table */
HIDDEN int writer_write_stream(struct writer *w); /* writer_stream.c: the chunks */

#endif
