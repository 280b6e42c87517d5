/* Writing one process image; runs in the twin (or in place, with everything stopped, where there can be no twin). */
#define _GNU_SOURCE
#include "writer.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "frame.h"
#include "sys.h"

/* Address space, not memory: only what is used is ever touched. */
enum { ARENA = 384 << 20, STACK = 256 << 10 };

void *writer_allocate(struct writer *w, uint64_t size) {
  size = (size + 63) & ~63ull;
  if (size > (uint64_t)(w->arena_end - w->arena_next)) return NULL;
  void *memory = w->arena_next;
  w->arena_next += size;
  return memory;
}

int writer_failed(struct writer *w, const char *where, int64_t error) {
  uint32_t none = 0;
  if (__atomic_compare_exchange_n(&w->result->error, (int32_t *)&none, (int32_t)-error, 0, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE)) {
    uint32_t i = 0;
    for (; where[i] && i < sizeof w->result->where - 1; i++) w->result->where[i] = where[i];
    w->result->where[i] = 0;
  }
  return -1;
}

int writer_has_failed(const struct writer *w) { return __atomic_load_n(&w->result->error, __ATOMIC_ACQUIRE) != 0; }

int writer_pwrite(struct writer *w, const void *data, uint64_t length, uint64_t offset, const char *where) {
  while (length) {
    int64_t n = sys4(SYS_pwrite64, (uint64_t)w->plan->image_fd, PTR(data), length, offset);
    if (n == -EINTR) continue;
    if (n <= 0) return writer_failed(w, where, n ? n : -ENOSPC);
    data = (const uint8_t *)data + n;
    length -= (uint64_t)n;
    offset += (uint64_t)n;
  }
  return 0;
}

static int put_section(struct writer *w, struct ip_section *section, const void *data, uint64_t length, uint64_t count,
                       const char *where) {
  section->offset = w->header.file_size;
  section->length = length;
  section->count = (uint32_t)count;
  section->crc = ip_crc32c(data, length);
  w->header.file_size += (length + 7) & ~7ull;
  return writer_pwrite(w, data, length, section->offset, where);
}

static int put_tables(struct writer *w) {
  struct ip_image_header *h = &w->header;
  h->data.length = (w->plan->codec == IP_CODEC_NONE ? h->data.offset + w->stream_length : w->data_end) - h->data.offset;
  h->file_size = (h->data.offset + h->data.length + 7) & ~7ull;
  const void *metadata = (const void *)(uintptr_t)w->plan->metadata;
  if (put_section(w, &h->metadata, metadata, w->plan->metadata_length, 1, "write of the metadata") ||
      put_section(w, &h->vmas, w->vmas, w->vma_count * sizeof *w->vmas, w->vma_count, "write of the mappings") ||
      put_section(w, &h->strings, w->strings, w->strings_length, 1, "write of the names") ||
      put_section(w, &h->extents, w->extents, w->extent_count * sizeof *w->extents, w->extent_count,
                  "write of the page table") ||
      put_section(w, &h->chunks, w->chunks, w->chunk_count * sizeof *w->chunks, w->chunk_count,
                  "write of the chunk table"))
    return -1;
  int64_t outcome = sys2(SYS_ftruncate, (uint64_t)w->plan->image_fd, h->file_size);
  if (sys_failed(outcome)) return writer_failed(w, "ftruncate of the image", outcome);
  h->crc = ip_crc32c(h, offsetof(struct ip_image_header, crc));
  if (writer_pwrite(w, h, sizeof *h, 0, "write of the header")) return -1;
  outcome = sys1(SYS_fsync, (uint64_t)w->plan->image_fd);
  return sys_failed(outcome) ? writer_failed(w, "fsync of the image", outcome) : 0;
}

static void put_u64(uint8_t *frame, uint64_t at, uint64_t value) {
  if (!at) return;
  for (int i = 0; i < 8; i++) frame[at + (uint64_t)i] = (uint8_t)(value >> (56 - 8 * i));
}

/*
 * The application is to run again first: with many processes the writers would otherwise keep the processors from those
 * that have to finish the barrier. How long it stood still is known then, too. A process that ends as soon as it runs
 * says nothing any more: the picture is written all the same.
 */
static void wait_for_resume(struct ip_write_result *result, uint64_t pid) {
  enum { STEPS = 2000 };
  struct timespec step = {0, 5000000};
  for (int i = 0; i < STEPS && !__atomic_load_n(&result->pause_us, __ATOMIC_ACQUIRE); i++) {
    if ((uint64_t)sys0(SYS_getppid) != pid) return;
    sys6(SYS_futex, PTR(&result->pause_us), FUTEX_WAIT, 0, PTR(&step), 0, 0); /* its low half: little endian */
  }
}

/* The twin itself tells the coordinator: the process may be gone by now, and its image is valid all the same. */
static void notify(struct writer *w) {
  const struct ip_snapshot_plan *plan = w->plan;
  uint8_t *frame = (uint8_t *)(uintptr_t)plan->notify;
  put_u64(frame, plan->notify_bytes_at, w->header.file_size);
  put_u64(frame, plan->notify_pages_at, w->stream_length / IP_PAGE_SIZE);
  put_u64(frame, plan->notify_raw_at, w->raw_bytes);
  put_u64(frame, plan->notify_pause_at, w->result->pause_us);
  put_u64(frame, plan->notify_crc_at, w->header.crc);
  if (plan->notify_key) ip_frame_seal((const uint8_t *)(uintptr_t)plan->notify_key, frame, plan->notify_length);
  for (uint64_t sent = 0; sent < plan->notify_length;) {
    int64_t n =
        sys6(SYS_sendto, (uint64_t)plan->notify_fd, PTR(frame + sent), plan->notify_length - sent, MSG_NOSIGNAL, 0, 0);
    if (n == -EINTR) continue;
    if (n <= 0) return;
    sent += (uint64_t)n;
  }
}

/* A pipe the application closes must really close: the twin lets go of every fd but its two. */
static void close_others(const struct ip_snapshot_plan *plan) {
  uint64_t low = (uint64_t)(plan->image_fd < plan->notify_fd ? plan->image_fd : plan->notify_fd);
  uint64_t high = (uint64_t)(plan->image_fd < plan->notify_fd ? plan->notify_fd : plan->image_fd);
  if (low > 0) sys3(SYS_close_range, 0, low - 1, 0);
  if (high > low + 1) sys3(SYS_close_range, low + 1, high - 1, 0);
  sys3(SYS_close_range, high + 1, UINT32_MAX, 0);
}

static void write_on_own_stack(void *argument) {
  struct writer *w = argument;
  const struct ip_snapshot_plan *plan = w->plan;
  if (!plan->in_place) wait_for_resume(w->result, plan->pid);
  w->header = (struct ip_image_header){.magic = IP_IMAGE_MAGIC,
                                       .version = IP_IMAGE_VERSION,
                                       .arch = IP_ARCH_X86_64,
                                       .page_size = IP_PAGE_SIZE,
                                       .codec = plan->codec,
                                       .abi = IP_ABI_VERSION,
                                       .pid = (uint32_t)plan->pid,
                                       .epoch = plan->epoch};
  w->header.data.offset = w->data_end = IP_PAGE_SIZE;
  if (writer_read_maps(w) || writer_find_pages(w) || writer_write_stream(w) || put_tables(w)) return;
  w->result->image_bytes = w->header.file_size;
  w->result->stored_pages = w->stream_length / IP_PAGE_SIZE;
  w->result->raw_bytes = w->raw_bytes;
  w->result->header_crc = w->header.crc;
}

void ip_write_image(struct ip_snapshot_plan *plan) {
  struct ip_write_result *result = (struct ip_write_result *)(uintptr_t)plan->result;
  if (!plan->in_place) close_others(plan);
  int64_t arena = ip_own_memory(ARENA);
  if (sys_failed(arena)) {
    struct writer none = {.plan = plan, .result = result};
    writer_failed(&none, "allocating the writer's memory", arena);
    __atomic_store_n(&result->done, 2, __ATOMIC_RELEASE);
    return;
  }
  /* The stack we came on is part of the picture and must not change while it is taken: the writer has its own, with
     all that it changes, in memory that is left out. */
  struct writer *w = (struct writer *)(uintptr_t)arena;
  w->plan = plan;
  w->result = result;
  w->arena = (uint8_t *)w;
  w->arena_next = w->arena + sizeof *w;
  w->arena_end = w->arena + ARENA;
  w->arena_next = (uint8_t *)(((uintptr_t)w->arena_next + 63) & ~(uintptr_t)63);
  uint8_t *stack = writer_allocate(w, STACK);
  ip_call_on_stack(write_on_own_stack, w, stack + STACK);
  int failed = writer_has_failed(w);
  __atomic_store_n(&result->done, failed ? 2 : 1, __ATOMIC_RELEASE);
  if (!failed) notify(w);
  if (plan->in_place) sys2(SYS_munmap, (uint64_t)arena, ARENA);
}
