/* Leaves out 1 GiB of scratch memory: cc scratch.c -IPREFIX/include -LPREFIX/lib -linterpose-client -Wl,-rpath,PREFIX/lib */
#include <interpose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  size_t size = 1u << 30;
  unsigned char *scratch = malloc(size);
  if (!scratch) return 1;
  memset(scratch, 7, size);
  if (argc < 2 || strcmp(argv[1], "--save-all")) interpose_exclude_memory(scratch, size);
  int result = interpose_checkpoint();
  if (result < 0) return fprintf(stderr, "no checkpoint: %s\n", interpose_error()), 1;
  if (result == INTERPOSE_RESTARTED)
    printf("restarted: the scratch memory is %s\n", scratch[size / 2] ? "full" : "empty");
  else
    puts(result == INTERPOSE_ABSENT ? "not under Interpose" : "saved");
  free(scratch);
  return 0;
}
