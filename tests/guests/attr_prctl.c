// Attributes set by prctl: dumpable, parent-death signal, child subreaper, no_new_privs, THP, and
// the OOM score.
#include "guest.h"

#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>

static int subreaper(void)
{
    int value = -1;
    prctl(PR_GET_CHILD_SUBREAPER, &value);
    return value;
}

static int death_signal(void)
{
    int value = -1;
    prctl(PR_GET_PDEATHSIG, &value);
    return value;
}

static int oom_score(int set)
{
    FILE *file = fopen("/proc/self/oom_score_adj", set ? "w" : "r");
    int value = set;
    if (set)
        fprintf(file, "%d", set);
    else if (fscanf(file, "%d", &value) != 1)
        value = -1;
    fclose(file);
    return value;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    MUST(prctl(PR_SET_PDEATHSIG, SIGUSR2));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    bool huge_off = prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0;
    oom_score(321);
    signal(SIGUSR2, SIG_IGN); // the parent may well die meanwhile
    int persona = personality(0xffffffff);
    MUST(prctl(PR_SET_DUMPABLE, 0)); // last, for it takes /proc/self away
    guest_ready();
    guest_wait();
    CHECK(prctl(PR_GET_DUMPABLE) == 0, "dumpable is %d, was 0", prctl(PR_GET_DUMPABLE));
    CHECK(subreaper() == 1, "child subreaper is %d, was 1", subreaper());
    CHECK(death_signal() == SIGUSR2, "the parent-death signal is %d, was %d", death_signal(), SIGUSR2);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs is lost");
    CHECK(!huge_off || prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1, "huge pages are on again");
    CHECK(personality(0xffffffff) == persona, "the personality is %x, was %x", personality(0xffffffff), persona);
    MUST(prctl(PR_SET_DUMPABLE, 1));
    CHECK(oom_score(0) == 321, "the OOM score is %d, was 321", oom_score(0));
    return guest_pass();
}
