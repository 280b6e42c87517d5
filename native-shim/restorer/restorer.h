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

/* supervise.c: does not return */
_Noreturn void supervise(int32_t child);

/* load.c: 0 or -errno; -EBADMSG: the data is not what its checksum says */
int64_t load_chunks(int fd, const struct ip_image_extent *extents, uint64_t extent_count,
                    const struct ip_image_chunk *chunks, uint64_t chunk_count, uint64_t workers);

#endif
