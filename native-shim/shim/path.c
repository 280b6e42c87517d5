/* The search along PATH, as execvp(3) does it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "shim.h"

const char *ip_next_on_path(const char *file, const char **position, char *buffer, size_t size) {
  static const char done[] = "";
  const char *at = *position;
  if (at == done) return NULL;
  if (strchr(file, '/')) {
    *position = done;
    return file;
  }
  if (!at && !(at = getenv("PATH"))) at = "/bin:/usr/bin"; /* confstr(_CS_PATH) */
  for (;;) {
    const char *end = strchrnul(at, ':');
    size_t directory = (size_t)(end - at), name = strlen(file);
    *position = *end ? end + 1 : done;
    if (directory + name + 2 <= size) {
      memcpy(buffer, at, directory);
      buffer[directory] = '/';
      memcpy(buffer + directory + (directory > 0), file, name + 1); /* an empty part is the working directory */
      return buffer;
    }
    if (*position == done) return NULL;
    at = *position;
  }
}
