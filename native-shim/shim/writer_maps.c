/* The table of mappings, from the twin's own /proc/self/maps: read last of all, when nothing can change any more. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys.h"
#include "text.h"
#include "writer.h"

static int starts_with(const char *text, uint64_t length, const char *prefix) {
  for (; *prefix; text++, prefix++, length--)
    if (!length || *text != *prefix) return 0;
  return 1;
}

static uint64_t flags_of(const struct writer *w, uint64_t start, uint64_t end) {
  const struct ip_range *ranges = (const struct ip_range *)(uintptr_t)w->plan->ranges;
  uint64_t low = 0, high = w->plan->range_count;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (ranges[middle].end <= start)
      low = middle + 1;
    else
      high = middle;
  }
  return low < w->plan->range_count && ranges[low].start < end ? ranges[low].flags : 0;
}

static int same_kind(const struct ip_image_vma *a, const struct ip_image_vma *b) {
  return a->end == b->start && a->prot == b->prot && a->vm_flags == b->vm_flags && !a->shared && !b->shared &&
         !a->name_length && !b->name_length;
}

static int add(struct writer *w, const struct ip_image_vma *vma, const char *name) {
  if (vma->start >= vma->end) return 0;
  /* What a restart mapped from an image piece by piece was one mapping, and is to be one again. */
  if (w->vma_count && same_kind(&w->vmas[w->vma_count - 1], vma)) {
    w->vmas[w->vma_count - 1].end = vma->end;
    return 0;
  }
  if (w->vma_count == WRITER_MAX_VMAS || w->strings_length + vma->name_length > WRITER_MAX_STRINGS)
    return writer_failed(w, "listing the memory map", -E2BIG);
  struct ip_image_vma *to = &w->vmas[w->vma_count++];
  *to = *vma;
  to->name_offset = (uint32_t)w->strings_length;
  for (uint32_t i = 0; i < vma->name_length; i++) w->strings[w->strings_length++] = name[i];
  return 0;
}

/* Memory whose file a restart will not find: all of it is saved. */
static int become_anonymous(struct writer *w, struct ip_image_vma *vma, uint32_t probe) {
  vma->inode = vma->file_offset = vma->dev_major = vma->dev_minor = vma->name_length = 0;
  if (w->from_image_count == WRITER_MAX_VMAS) return writer_failed(w, "listing the memory map", -E2BIG);
  w->from_image[w->from_image_count++] = (struct image_range){vma->start, vma->end, probe};
  return 0;
}

static int add_part(struct writer *w, struct ip_image_vma vma, const char *name) {
  if (vma.start >= IP_WINDOW_BASE && vma.end <= IP_WINDOW_BASE + IP_WINDOW_SIZE) return 0;
  vma.vm_flags = flags_of(w, vma.start, vma.end) & ~IP_RANGE_EXCLUDE;
  if (vma.vm_flags & IP_RANGE_WHOLE) {
    vma.vm_flags &= ~IP_RANGE_WHOLE;
    if (become_anonymous(w, &vma, 1)) return -1;
  }
  return add(w, &vma, name);
}

/* Leaves out the parts of a mapping that are not the application's. There may be thousands in one mapping: no recursion,
   on a stack of ours. */
static int add_without_excluded(struct writer *w, struct ip_image_vma vma, const char *name) {
  const struct ip_range *ranges = (const struct ip_range *)(uintptr_t)w->plan->ranges;
  struct ip_range own = {PTR(w->arena), PTR(w->arena_end), IP_RANGE_EXCLUDE};
  for (uint64_t i = 0; vma.start < vma.end;) {
    /* The next one; they are sorted by their start, but for ours. */
    while (i < w->plan->range_count && (!(ranges[i].flags & IP_RANGE_EXCLUDE) || ranges[i].end <= vma.start)) i++;
    const struct ip_range *next = i < w->plan->range_count ? &ranges[i] : &own;
    if (own.end > vma.start && own.start < next->start) next = &own;
    if (next->end <= vma.start || next->start >= vma.end) return add_part(w, vma, name);
    if (next->start > vma.start) {
      struct ip_image_vma before = vma;
      before.end = next->start;
      if (add_part(w, before, name)) return -1;
    }
    vma.file_offset += next->end - vma.start;
    vma.start = next->end;
  }
  return 0;
}

static int parse_line(struct writer *w, const char *line, const char *end) {
  struct ip_image_vma vma = {0};
  const char *at = line;
  vma.start = ip_parse_hex(at, &at);
  vma.end = ip_parse_hex(at + 1, &at);
  at++;
  vma.prot = (at[0] == 'r' ? PROT_READ : 0u) | (at[1] == 'w' ? PROT_WRITE : 0u) | (at[2] == 'x' ? PROT_EXEC : 0u);
  vma.shared = at[3] == 's';
  vma.file_offset = ip_parse_hex(at + 5, &at);
  vma.dev_major = (uint32_t)ip_parse_hex(at + 1, &at);
  vma.dev_minor = (uint32_t)ip_parse_hex(at + 1, &at);
  vma.inode = ip_parse_decimal(at + 1, &at);
  while (at < end && *at == ' ') at++;
  vma.name_length = (uint32_t)(end - at);
  uint64_t dev = (uint64_t)vma.dev_major << 32 | vma.dev_minor;
  if (starts_with(at, vma.name_length, "[vvar") || starts_with(at, vma.name_length, "[vsyscall")) return 0;
  if (!vma.shared && vma.inode && vma.inode == w->plan->image_ino && dev == w->plan->image_dev) {
    /* Pages that a restart mapped out of an image: anonymous memory to everybody but us. */
    if (become_anonymous(w, &vma, 0)) return -1;
  }
  if (starts_with(at, vma.name_length, "[heap]") || starts_with(at, vma.name_length, "[stack]") ||
      starts_with(at, vma.name_length, "[anon"))
    vma.name_length = 0;
  return add_without_excluded(w, vma, at);
}

int writer_read_maps(struct writer *w) {
  enum { BUFFER = 1 << 16 };
  char *buffer = writer_allocate(w, BUFFER);
  w->vmas = writer_allocate(w, (uint64_t)WRITER_MAX_VMAS * sizeof *w->vmas);
  w->strings = writer_allocate(w, WRITER_MAX_STRINGS);
  w->from_image = writer_allocate(w, (uint64_t)WRITER_MAX_VMAS * sizeof *w->from_image);
  if (!buffer || !w->from_image || !w->vmas || !w->strings)
    return writer_failed(w, "allocating the table of mappings", -ENOMEM);
  int64_t fd = sys3(SYS_open, PTR("/proc/self/maps"), O_RDONLY | O_CLOEXEC, 0);
  if (sys_failed(fd)) return writer_failed(w, "open /proc/self/maps", fd);
  uint64_t have = 0;
  for (;;) {
    int64_t n = sys3(SYS_read, (uint64_t)fd, PTR(buffer + have), BUFFER - have);
    if (sys_failed(n)) return writer_failed(w, "read /proc/self/maps", n);
    have += (uint64_t)n;
    uint64_t used = 0;
    for (uint64_t i = 0; i < have; i++) {
      if (buffer[i] != '\n') continue;
      if (parse_line(w, buffer + used, buffer + i)) return -1;
      used = i + 1;
    }
    if (n == 0) break;
    for (uint64_t i = used; i < have; i++) buffer[i - used] = buffer[i];
    have -= used;
  }
  sys1(SYS_close, (uint64_t)fd);
  return 0;
}
