/*
 * A member that executes ssh starts a program on another host, which is to be a member as well: interpose-remote (see
 * native-shim/remote) is executed instead, and does the rest. INTERPOSE_SSH=0 leaves ssh alone.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

int ip_is_remote_start(const char *path, char relay[IP_RELAY_PATH]) {
  static const char name[] = "interpose-remote";
  const char *base = strrchr(path, '/'), *setting;
  base = base ? base + 1 : path;
  if (strcmp(base, "ssh") || !ip_state.env_coordinator[0]) return 0;
  if ((setting = getenv("INTERPOSE_SSH")) && !strcmp(setting, "0")) return 0;
  const char *end = strrchr(ip_state.shim_path, '/');
  size_t length = end ? (size_t)(end - ip_state.shim_path) + 1 : 0;
  if (length + sizeof name > IP_RELAY_PATH) return 0;
  memcpy(relay, ip_state.shim_path, length);
  memcpy(relay + length, name, sizeof name);
  /* A search along PATH tries names that are not there. */
  return sys2(SYS_access, PTR(relay), X_OK) == 0 && (base == path || sys2(SYS_access, PTR(path), X_OK) == 0);
}

/* `words` has room for IP_RELAY_WORDS more than argv, and the final NULL. */
void ip_remote_words(const char *relay, const char *path, char *const argv[], char **words) {
  *words++ = (char *)relay;
  *words++ = (char *)"ssh";
  *words++ = (char *)path;
  for (size_t i = 1; argv && argv[0] && argv[i]; i++) *words++ = argv[i];
  *words = NULL;
}
