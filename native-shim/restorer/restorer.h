/* Parts of the restorer: a freestanding program that executes a restart compiled by src/Restart. */
#ifndef INTERPOSE_RESTORER_H
#define INTERPOSE_RESTORER_H

#include <stddef.h>
#include <stdint.h>

#include "interpose_abi.h"
#include "interpose_image.h"
#include "interpose_program.h"
#include "sys.h"

int memcmp(const void *a, const void *b, size_t length);
_Noreturn void restorer_jump(const struct ip_context *context);
int64_t restorer_clone3(void *args, uint64_t size, void (*fn)(void *), void *arg);

/* Says on stderr what failed and why. */
void report(const char *what, int64_t error);
void report_text(const char *text);

#define SHARED ((struct ip_restart_shared *)(uintptr_t)IP_SHARED)

/* barrier.c */
void restart_failed(void);
int64_t barrier_arrive(uint64_t index, uint64_t count);
void remember_created(int32_t pid);

/* supervise.c: these do not return */
struct supervision {
  const int32_t *roots; /* the processes that `interpose run` had started */
  uint64_t root_count;
  int32_t init;        /* 0, or the init of a pid namespace, which supervises in there and reports here */
  int32_t report_fd;   /* pipe from init (when init is set) or to the process outside; -1: none */
  uint64_t processes;  /* how many have to arrive at the last barrier */
  const uint16_t *terminal; /* not null: the processes get the terminal, which was ours; its size (struct winsize) */
};
_Noreturn void supervise(const struct supervision *s);
_Noreturn void end_as(int32_t status);

/* terminal.c */
int64_t open_pseudoterminal(const char *path, int64_t index);
int resize_when_drawn(uint64_t terminal, const uint16_t *size); /* 0: not yet */
void resize(uint64_t terminal, const uint16_t *size);

/* load.c: 0 or -errno; -EBADMSG: the data is not what its checksum says */
int64_t load_chunks(int fd, const struct ip_image_extent *extents, uint64_t extent_count,
                    const struct ip_image_chunk *chunks, uint64_t chunk_count, uint64_t workers);

#endif
