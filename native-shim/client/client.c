/*
 * What a program is linked with. Nothing happens here: under Interpose the preloaded shim, which comes first in the order of
 * symbols, has functions of the same names.
 */
#include "interpose.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int interpose_running(void) { return 0; }
EXPORT unsigned interpose_generation(void) { return 0; }
EXPORT int interpose_checkpoint(void) { return INTERPOSE_ABSENT; }
EXPORT const char *interpose_error(void) { return ""; }
EXPORT int interpose_delay(void) { return INTERPOSE_ABSENT; }
EXPORT int interpose_allow(void) { return INTERPOSE_ABSENT; }
EXPORT int interpose_exclude_memory(const void *start, size_t length) {
  (void)start, (void)length;
  return INTERPOSE_ABSENT;
}
EXPORT int interpose_include_memory(const void *start) {
  (void)start;
  return INTERPOSE_ABSENT;
}
EXPORT int interpose_ignore_leak(int fd) {
  (void)fd;
  return INTERPOSE_ABSENT;
}
EXPORT int interpose_reopen(int fd, int (*open_again)(int fd, void *argument), void *argument) {
  (void)fd, (void)open_again, (void)argument;
  return INTERPOSE_ABSENT;
}
EXPORT int interpose_on(int moment, void (*function)(void *), void *argument) {
  (void)moment, (void)function, (void)argument;
  return INTERPOSE_ABSENT;
}
