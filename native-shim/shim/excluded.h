/* Memory that the program does not want to be saved (interpose.h). Changed by one thread at a time. */
#ifndef EXCLUDED_H
#define EXCLUDED_H

#include <stdint.h>

/* Leaves out the whole pages in a range: 0, -EINVAL: there is none, -ENOSPC: too many ranges. */
__attribute__((visibility("hidden"))) int ip_excluded_add(uint64_t start, uint64_t length);

/* Takes back the range that begins there: 0, -ENOENT. */
__attribute__((visibility("hidden"))) int ip_excluded_remove(uint64_t start);

/* Some part of a range that is left out; 0: there is none. For the writer. */
__attribute__((visibility("hidden"))) int ip_excluded_find(uint64_t start, uint64_t end, uint64_t *from, uint64_t *to);

#endif
