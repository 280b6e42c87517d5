/* Address space for the shim itself, away from the holes between the application's mappings. */
#include <sys/mman.h>

#include "shim.h"
#include "sys.h"

int64_t ip_own_memory(uint64_t length) {
  static uint64_t used;
  uint64_t room = (length + IP_PAGE_SIZE - 1) & ~(uint64_t)(IP_PAGE_SIZE - 1);
  uint64_t hint = IP_OWN_BASE + __atomic_fetch_add(&used, room, __ATOMIC_RELAXED) % IP_OWN_SIZE;
  return sys6(SYS_mmap, hint, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, (uint64_t)-1,
              0);
}
