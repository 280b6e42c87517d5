/* Unpacks compressed page data straight to where it belongs, on several cores. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <nmmintrin.h>
#include <sched.h>
#include <sys/mman.h>

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "restorer.h"

enum { WORKER_STACK = 128 << 10, MAX_WORKERS = 16 };

struct load {
  int fd;
  const struct ip_image_extent *extents;
  uint64_t extent_count;
  const struct ip_image_chunk *chunks;
  uint64_t chunk_count;
  uint64_t next; /* atomic */
  int64_t error;
};

struct worker {
  struct load *load;
  uint32_t tid; /* 0 when it has ended */
  uint8_t *stored, *raw;
  ZSTD_DCtx *context;
};

static uint32_t checksum(const uint8_t *data, uint64_t length) {
  uint64_t lane[4] = {0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu}, crc = 0xFFFFFFFFu;
  uint8_t end[48];
  uint64_t whole = length / 32 * 32, tail = length - whole;
  for (uint64_t i = 0; i < whole; i += 32)
    for (int l = 0; l < 4; l++) {
      uint64_t word;
      __builtin_memcpy(&word, data + i + 8 * l, 8);
      lane[l] = _mm_crc32_u64(lane[l], word);
    }
  for (int l = 0; l < 4; l++) {
    uint32_t value = (uint32_t)lane[l];
    __builtin_memcpy(end + 4 * l, &value, 4);
  }
  for (uint64_t i = 0; i < tail; i++) end[16 + i] = data[whole + i];
  for (uint64_t i = 0; i < 16 + tail; i++) crc = _mm_crc32_u8((uint32_t)crc, end[i]);
  return ~(uint32_t)crc;
}

static int64_t scatter(const struct load *l, uint64_t from, const uint8_t *data, uint64_t length) {
  uint64_t low = 0, high = l->extent_count;
  while (low + 1 < high) {
    uint64_t middle = (low + high) / 2;
    if (l->extents[middle].stream_offset <= from)
      low = middle;
    else
      high = middle;
  }
  for (uint64_t i = low; length && i < l->extent_count; i++) {
    const struct ip_image_extent *e = &l->extents[i];
    if (from < e->stream_offset || from - e->stream_offset >= e->length) return -EBADMSG;
    uint64_t skip = from - e->stream_offset, take = e->length - skip;
    if (take > length) take = length;
    __builtin_memcpy((void *)(uintptr_t)(e->address + skip), data, take);
    from += take;
    data += take;
    length -= take;
  }
  return length ? -EBADMSG : 0;
}

static int64_t load_one(struct worker *me, uint64_t index) {
  const struct ip_image_chunk *chunk = &me->load->chunks[index];
  if (chunk->stored_length > ZSTD_COMPRESSBOUND(IP_CHUNK_SIZE) || chunk->raw_length > IP_CHUNK_SIZE) return -EBADMSG;
  for (uint64_t have = 0; have < chunk->stored_length;) {
    int64_t n = sys4(SYS_pread64, (uint64_t)me->load->fd, PTR(me->stored + have), chunk->stored_length - have,
                     chunk->file_offset + have);
    if (n <= 0) return n ? n : -EBADMSG;
    have += (uint64_t)n;
  }
  if (checksum(me->stored, chunk->stored_length) != chunk->crc) return -EBADMSG;
  const uint8_t *data = me->stored;
  if (chunk->codec == IP_CODEC_ZSTD) {
    size_t size = ZSTD_decompressDCtx(me->context, me->raw, IP_CHUNK_SIZE, me->stored, chunk->stored_length);
    if (ZSTD_isError(size) || size != chunk->raw_length) return -EBADMSG;
    data = me->raw;
  }
  return scatter(me->load, index * IP_CHUNK_SIZE, data, chunk->raw_length);
}

static void run(struct worker *me) {
  struct load *l = me->load;
  for (uint64_t i; (i = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED)) < l->chunk_count;) {
    int64_t outcome = load_one(me, i);
    if (outcome) __atomic_store_n(&l->error, outcome, __ATOMIC_RELEASE);
    if (__atomic_load_n(&l->error, __ATOMIC_ACQUIRE)) return;
  }
}

static void worker_main(void *argument) {
  struct worker *me = argument;
  run(me);
  for (;;) sys1(SYS_exit, 0);
}

static uint8_t *next_memory;

static uint8_t *take(uint64_t size) {
  uint8_t *memory = next_memory;
  next_memory += (size + 4095) & ~4095ull;
  return memory;
}

static struct worker *create(struct load *l) {
  struct worker *me = (struct worker *)take(sizeof *me);
  uint64_t size = ZSTD_estimateDCtxSize();
  me->load = l;
  me->stored = take(ZSTD_COMPRESSBOUND(IP_CHUNK_SIZE));
  me->raw = take(IP_CHUNK_SIZE);
  me->context = ZSTD_initStaticDCtx(take(size), size);
  return me;
}

/* CLONE_VM without CLONE_THREAD would be a child to reap; a thread just ends. */
struct clone_request {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

int64_t load_chunks(int fd, const struct ip_image_extent *extents, uint64_t extent_count,
                    const struct ip_image_chunk *chunks, uint64_t chunk_count, uint64_t workers) {
  struct load l = {
      .fd = fd, .extents = extents, .extent_count = extent_count, .chunks = chunks, .chunk_count = chunk_count};
  if (workers > MAX_WORKERS) workers = MAX_WORKERS;
  if (workers > chunk_count) workers = chunk_count;
  if (workers < 1) workers = 1;
  uint64_t each = (4u << 20) + WORKER_STACK, total = each * workers;
  int64_t memory = sys6(SYS_mmap, 0, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0);
  if (sys_failed(memory)) return memory;
  next_memory = (uint8_t *)(uintptr_t)memory;
  struct worker *mine = create(&l), *others[MAX_WORKERS];
  uint64_t created = 0;
  for (uint64_t i = 1; i < workers; i++) {
    struct worker *other = create(&l);
    uint8_t *stack = take(WORKER_STACK);
    struct clone_request request = {
        .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
                 CLONE_CHILD_CLEARTID,
        .parent_tid = PTR(&other->tid),
        .child_tid = PTR(&other->tid),
        .stack = PTR(stack),
        .stack_size = WORKER_STACK};
    if (sys_failed(restorer_clone3(&request, sizeof request, worker_main, other))) break;
    others[created++] = other;
  }
  run(mine);
  /* The kernel clears it when the thread has left this program for good: what it runs on is about to be unmapped. */
  for (uint64_t i = 0; i < created; i++)
    for (uint32_t tid; (tid = __atomic_load_n(&others[i]->tid, __ATOMIC_ACQUIRE)) != 0;)
      sys6(SYS_futex, PTR(&others[i]->tid), FUTEX_WAIT, tid, 0, 0, 0);
  sys2(SYS_munmap, (uint64_t)memory, total);
  return l.error;
}
