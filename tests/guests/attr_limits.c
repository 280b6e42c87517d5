// Resource limits, soft and hard.
#include "guest.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    struct rlimit before[RLIM_NLIMITS], now;
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        MUST(getrlimit(i, &before[i]));
        // Something of our own where there is room below the hard limit.
        if (i == RLIMIT_CORE || i == RLIMIT_NOFILE || i == RLIMIT_FSIZE || i == RLIMIT_CPU) {
            before[i].rlim_cur = before[i].rlim_max == RLIM_INFINITY ? 123456789 : before[i].rlim_max / 2;
            if (i == RLIMIT_NOFILE)
                before[i].rlim_max -= 1;
            MUST(setrlimit(i, &before[i]));
        }
    }
    guest_ready();
    guest_wait();
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        MUST(getrlimit(i, &now));
        CHECK(now.rlim_cur == before[i].rlim_cur && now.rlim_max == before[i].rlim_max,
              "limit %d is %lx/%lx, was %lx/%lx", i, now.rlim_cur, now.rlim_max, before[i].rlim_cur, before[i].rlim_max);
    }
    return guest_pass();
}
