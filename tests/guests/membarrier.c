// Registrations for expedited membarriers.
#include "guest.h"

#include <linux/membarrier.h>

static int membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    MUST(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
    MUST(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED));
    MUST(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE));
    guest_ready();
    while (!guest_go())
        CHECK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0, "membarrier: %s", strerror(errno));
    CHECK(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE) == 0, "membarrier sync core: %s", strerror(errno));
    CHECK(membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) == 0, "global membarrier: %s", strerror(errno));
    return guest_pass();
}
