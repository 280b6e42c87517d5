/*
 * The agent's own heap, linked into it. The application's threads may stand still in the middle of malloc, with an
 * arena locked; nothing the managed runtime does while they are suspended may need that lock. Blocks that libc itself
 * allocated and handed out (strdup and the like) are given back to the application's allocator, which need not be
 * libc's: a program may bring its own (jemalloc).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define HIDDEN __attribute__((visibility("hidden")))

static void *(*application_malloc)(size_t size);
static void *(*application_realloc)(void *block, size_t size);
static void (*application_free)(void *block);

/* While the library is loaded, and so before anything is suspended. */
static __attribute__((constructor(101))) void find_allocator(void) {
  *(void **)&application_malloc = dlsym(RTLD_DEFAULT, "malloc");
  *(void **)&application_realloc = dlsym(RTLD_DEFAULT, "realloc");
  *(void **)&application_free = dlsym(RTLD_DEFAULT, "free");
}

enum { REGION = 128 << 20, CLASSES = 27, SMALLEST = 5 };

/* In front of each block; 16 bytes keep the block aligned. */
struct header {
  uint64_t size_class;
  uint64_t offset; /* from the start of the block to what the caller got, for aligned blocks */
};

static uint8_t *region, *next;
static struct header *free_lists[CLASSES]; /* linked through offset */
static int lock;

static void acquire(void) {
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) __builtin_ia32_pause();
}
static void release(void) { __atomic_store_n(&lock, 0, __ATOMIC_RELEASE); }

static int is_ours(const void *block) {
  return region && (const uint8_t *)block >= region && (const uint8_t *)block < region + REGION;
}

static struct header *take(unsigned size_class) {
  struct header *block = free_lists[size_class];
  if (block) {
    free_lists[size_class] = (struct header *)(uintptr_t)block->offset;
    return block;
  }
  if (!region) {
    void *memory = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    region = next = memory;
  }
  size_t size = (size_t)1 << size_class;
  if (size > (size_t)(region + REGION - next)) return NULL;
  block = (struct header *)next;
  next += size;
  return block;
}

HIDDEN void *malloc(size_t size) {
  unsigned size_class = SMALLEST;
  while (size_class < CLASSES && ((size_t)1 << size_class) < size + sizeof(struct header)) size_class++;
  if (size_class >= CLASSES) {
    errno = ENOMEM;
    return NULL;
  }
  acquire();
  struct header *block = take(size_class);
  release();
  if (!block) return application_malloc(size); /* no address space of our own: better than nothing */
  block->size_class = size_class;
  block->offset = 0;
  return block + 1;
}

HIDDEN void free(void *memory) {
  if (!memory) return;
  if (!is_ours(memory)) {
    application_free(memory);
    return;
  }
  struct header *block = (struct header *)memory - 1;
  block = (struct header *)((uint8_t *)memory - block->offset) - 1;
  acquire();
  block->offset = (uint64_t)(uintptr_t)free_lists[block->size_class];
  free_lists[block->size_class] = block;
  release();
}

HIDDEN void *calloc(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  void *memory = malloc(total);
  if (memory) memset(memory, 0, total);
  return memory;
}

HIDDEN void *realloc(void *memory, size_t size) {
  if (!memory) return malloc(size);
  if (!is_ours(memory)) return application_realloc(memory, size);
  struct header *header = (struct header *)memory - 1;
  size_t room = ((size_t)1 << header->size_class) - sizeof *header - header->offset;
  if (size <= room) return memory;
  void *bigger = malloc(size);
  if (!bigger) return NULL;
  memcpy(bigger, memory, room);
  free(memory);
  return bigger;
}

HIDDEN int posix_memalign(void **result, size_t alignment, size_t size) {
  uint8_t *block = malloc(size + alignment + sizeof(struct header));
  if (!block) return ENOMEM;
  uintptr_t at = ((uintptr_t)block + alignment - 1) & ~(uintptr_t)(alignment - 1);
  if (at != (uintptr_t)block && is_ours(block)) {
    /* A second header in front of the aligned address leads back to the block. */
    if (at - (uintptr_t)block < sizeof(struct header))
      at += alignment > sizeof(struct header) ? alignment : sizeof(struct header);
    struct header *header = (struct header *)at - 1;
    header->size_class = ((struct header *)block - 1)->size_class;
    header->offset = at - (uintptr_t)block;
  }
  *result = (void *)at;
  return 0;
}

HIDDEN void *aligned_alloc(size_t alignment, size_t size) {
  void *memory;
  return posix_memalign(&memory, alignment, size) ? NULL : memory;
}

HIDDEN void *memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
