/* The logical stream of saved pages, chunk by chunk, on several cores. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/uio.h>

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "sys.h"
#include "writer.h"

enum { ZSTD_LEVEL = 1, WORKER_STACK = 256 << 10, MAX_PIECES = IP_CHUNK_SIZE / IP_PAGE_SIZE, MAX_WORKERS = 16 };

struct worker {
  struct writer *writer;
  ZSTD_CCtx *context;
  uint8_t *gathered; /* a chunk whose pages are scattered */
  uint8_t *packed;
  uint64_t packed_capacity;
  struct iovec pieces[MAX_PIECES];
};

/* Where the bytes of an extent are in memory now. */
static uint64_t source_of(const struct writer *w, const struct ip_image_extent *extent) {
  if (extent->object == 0) return extent->address;
  const struct ip_object_piece *pieces = (const struct ip_object_piece *)(uintptr_t)w->plan->pieces;
  uint64_t first = w->extent_count - w->plan->piece_count; /* one extent for each piece, in order, at the end */
  return pieces[(uint64_t)(extent - w->extents) - first].source;
}

static uint32_t find_pieces(const struct writer *w, uint64_t from, uint64_t length, struct iovec *pieces) {
  uint32_t low = 0, high = w->extent_count, count = 0;
  while (low + 1 < high) { /* the last extent that starts at or before from */
    uint32_t middle = (low + high) / 2;
    if (w->extents[middle].stream_offset <= from)
      low = middle;
    else
      high = middle;
  }
  for (const struct ip_image_extent *e = &w->extents[low]; length; e++) {
    uint64_t skip = from - e->stream_offset, take = e->length - skip;
    if (take > length) take = length;
    pieces[count++] = (struct iovec){(void *)(uintptr_t)(source_of(w, e) + skip), take};
    from += take;
    length -= take;
  }
  return count;
}

static int write_plain(struct worker *me, struct ip_image_chunk *chunk, uint32_t index, uint32_t count) {
  struct writer *w = me->writer;
  struct ip_crc_lanes lanes;
  ip_crc_lanes_init(&lanes);
  for (uint32_t i = 0; i < count; i++) ip_crc_lanes_add(&lanes, me->pieces[i].iov_base, me->pieces[i].iov_len);
  chunk->crc = ip_crc_lanes_finish(&lanes, NULL, 0);
  chunk->codec = IP_CODEC_NONE;
  chunk->stored_length = chunk->raw_length;
  chunk->file_offset = w->plan->codec == IP_CODEC_NONE
                           ? w->header.data.offset + (uint64_t)index * IP_CHUNK_SIZE
                           : __atomic_fetch_add(&w->data_end, chunk->raw_length, __ATOMIC_RELAXED);
  struct iovec *piece = me->pieces;
  uint64_t offset = chunk->file_offset, left = chunk->raw_length;
  while (left) {
    int64_t n = sys5(SYS_pwritev, (uint64_t)w->plan->image_fd, PTR(piece), count, offset, offset >> 32);
    if (n == -EINTR) continue;
    if (n <= 0) return writer_failed(w, "write of page data", n ? n : -ENOSPC);
    offset += (uint64_t)n;
    left -= (uint64_t)n;
    for (; n > 0 && (uint64_t)n >= piece->iov_len; piece++, count--) n -= (int64_t)piece->iov_len;
    if (n) {
      piece->iov_base = (uint8_t *)piece->iov_base + n;
      piece->iov_len -= (uint64_t)n;
    }
  }
  return 0;
}

static const uint8_t *gather(struct worker *me, uint32_t count) {
  if (count == 1) return me->pieces[0].iov_base;
  uint8_t *to = me->gathered;
  for (uint32_t i = 0; i < count; i++) {
    __builtin_memcpy(to, me->pieces[i].iov_base, me->pieces[i].iov_len);
    to += me->pieces[i].iov_len;
  }
  return me->gathered;
}

/* Codec auto: what does not shrink by a quarter in a sample is not worth the time. */
static int worth_packing(struct worker *me, const uint8_t *data, uint32_t length) {
  enum { SAMPLE = 16 << 10 };
  if (me->writer->plan->codec == IP_CODEC_ZSTD || length < 2 * SAMPLE) return 1;
  size_t size = ZSTD_compressCCtx(me->context, me->packed, me->packed_capacity, data + length / 2, SAMPLE, ZSTD_LEVEL);
  return !ZSTD_isError(size) && size < SAMPLE * 3 / 4;
}

static int write_packed(struct worker *me, struct ip_image_chunk *chunk, uint32_t index, uint32_t count) {
  struct writer *w = me->writer;
  const uint8_t *data = gather(me, count);
  if (!worth_packing(me, data, chunk->raw_length)) return write_plain(me, chunk, index, count);
  size_t size = ZSTD_compressCCtx(me->context, me->packed, me->packed_capacity, data, chunk->raw_length, ZSTD_LEVEL);
  if (ZSTD_isError(size) || size >= chunk->raw_length) return write_plain(me, chunk, index, count);
  struct ip_crc_lanes lanes;
  ip_crc_lanes_init(&lanes);
  ip_crc_lanes_add(&lanes, me->packed, size);
  chunk->crc = ip_crc_lanes_finish(&lanes, me->packed + size / 32 * 32, size % 32);
  chunk->codec = IP_CODEC_ZSTD;
  chunk->stored_length = (uint32_t)size;
  chunk->file_offset = __atomic_fetch_add(&w->data_end, size, __ATOMIC_RELAXED);
  return writer_pwrite(w, me->packed, size, chunk->file_offset, "write of compressed page data");
}

/* Start the disk early, whenever 16 MiB are complete: the final fsync then finds most of it done. */
static void start_disk(const struct writer *w, const struct ip_image_chunk *chunk) {
  enum { STEP = 16 << 20 };
  uint64_t end = chunk->file_offset + chunk->stored_length, complete = end / STEP * STEP;
  if (chunk->file_offset >= complete || complete < STEP) return;
  sys4(SYS_sync_file_range, (uint64_t)w->plan->image_fd, complete - STEP, STEP, SYNC_FILE_RANGE_WRITE);
}

static void run_worker(struct worker *me) {
  struct writer *w = me->writer;
  for (uint32_t i; (i = __atomic_fetch_add(&w->next_chunk, 1, __ATOMIC_RELAXED)) < w->chunk_count;) {
    struct ip_image_chunk *chunk = &w->chunks[i];
    uint64_t from = (uint64_t)i * IP_CHUNK_SIZE;
    chunk->raw_length = (uint32_t)(w->stream_length - from < IP_CHUNK_SIZE ? w->stream_length - from : IP_CHUNK_SIZE);
    uint32_t count = find_pieces(w, from, chunk->raw_length, me->pieces);
    int outcome =
        w->plan->codec == IP_CODEC_NONE ? write_plain(me, chunk, i, count) : write_packed(me, chunk, i, count);
    if (outcome || writer_has_failed(w)) return;
    start_disk(w, chunk);
  }
}

static void worker_main(void *argument) {
  struct worker *me = argument;
  run_worker(me);
  __atomic_fetch_sub(&me->writer->workers_left, 1, __ATOMIC_ACQ_REL);
  sys6(SYS_futex, PTR(&me->writer->workers_left), FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
  for (;;) sys1(SYS_exit, 0);
}

static struct worker *create_worker(struct writer *w) {
  struct worker *me = writer_allocate(w, sizeof *me);
  if (!me) return NULL;
  me->writer = w;
  if (w->plan->codec == IP_CODEC_NONE) return me;
  size_t workspace = ZSTD_estimateCCtxSize(ZSTD_LEVEL);
  me->packed_capacity = ZSTD_COMPRESSBOUND(IP_CHUNK_SIZE);
  me->gathered = writer_allocate(w, IP_CHUNK_SIZE);
  me->packed = writer_allocate(w, me->packed_capacity);
  void *memory = writer_allocate(w, workspace);
  if (!me->gathered || !me->packed || !memory) return NULL;
  me->context = ZSTD_initStaticCCtx(memory, workspace);
  return me->context ? me : NULL;
}

int writer_write_stream(struct writer *w) {
  w->chunk_count = (uint32_t)((w->stream_length + IP_CHUNK_SIZE - 1) / IP_CHUNK_SIZE);
  w->chunks = writer_allocate(w, (uint64_t)w->chunk_count * sizeof *w->chunks + 1);
  struct worker *mine = create_worker(w);
  if (!w->chunks || !mine) return writer_failed(w, "allocating the writer's buffers", -ENOMEM);
  uint32_t helpers = w->plan->in_place || w->plan->workers < 2 ? 0 : w->plan->workers - 1;
  if (helpers >= w->chunk_count) helpers = w->chunk_count ? w->chunk_count - 1 : 0;
  if (helpers > MAX_WORKERS) helpers = MAX_WORKERS;
  for (uint32_t i = 0; i < helpers; i++) {
    struct worker *other = create_worker(w);
    uint8_t *stack = writer_allocate(w, WORKER_STACK);
    if (!other || !stack) break; /* fewer workers, the same result */
    __atomic_fetch_add(&w->workers_left, 1, __ATOMIC_ACQ_REL);
    int64_t tid = ip_clone_thread(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
                                  stack + WORKER_STACK, worker_main, other);
    if (sys_failed(tid)) {
      __atomic_fetch_sub(&w->workers_left, 1, __ATOMIC_ACQ_REL);
      break;
    }
  }
  run_worker(mine);
  for (uint32_t left; (left = __atomic_load_n(&w->workers_left, __ATOMIC_ACQUIRE)) != 0;)
    sys6(SYS_futex, PTR(&w->workers_left), FUTEX_WAIT_PRIVATE, left, 0, 0, 0);
  return writer_has_failed(w) ? -1 : 0;
}
