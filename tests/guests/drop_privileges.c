// Children of root that gave their privileges up: for good, only in the effective ids, or only capabilities. An ordinary
// user has nothing to give up, and nothing to test.
#include "family.h"

#include <grp.h>
#include <linux/capability.h>

static void capabilities(struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    MUST(syscall(SYS_capget, &header, data));
}

static void check_ids(const uid_t uids[3], const gid_t gids[3])
{
    uid_t u[3];
    gid_t g[3];
    MUST(getresuid(&u[0], &u[1], &u[2]));
    MUST(getresgid(&g[0], &g[1], &g[2]));
    CHECK(memcmp(u, uids, sizeof u) == 0, "the users are %d %d %d", u[0], u[1], u[2]);
    CHECK(memcmp(g, gids, sizeof g) == 0, "the groups are %d %d %d", g[0], g[1], g[2]);
}

static void check_groups(int count, const gid_t groups[])
{
    gid_t found[64];
    int size = MUST(getgroups(64, found));
    CHECK(size == count && memcmp(found, groups, count * sizeof *groups) == 0, "there are %d other groups, the first %d",
          size, found[0]);
}

// As a server does it that has bound its port.
static _Noreturn void for_good(void)
{
    const gid_t groups[] = {20001, 20002, 20003};
    MUST(setgroups(3, groups));
    MUST(setresgid(20010, 20010, 20010));
    MUST(setresuid(20020, 20020, 20020));
    // Nobody but root may look at it now, and it itself not at all of what /proc has.
    int dumpable = prctl(PR_GET_DUMPABLE);
    family_member_wait();
    CHECK(prctl(PR_GET_DUMPABLE) == dumpable, "dumpable is %d, was %d", prctl(PR_GET_DUMPABLE), dumpable);
    check_ids((uid_t[]){20020, 20020, 20020}, (gid_t[]){20010, 20010, 20010});
    check_groups(3, groups);
    struct __user_cap_data_struct data[2];
    capabilities(data);
    CHECK(data[0].permitted == 0 && data[0].effective == 0, "it has capabilities again");
    CHECK(setuid(0) < 0 && errno == EPERM, "it could become root again");
    _exit(0);
}

// As a file server does it for the time of a request.
static _Noreturn void for_a_while(void)
{
    const gid_t groups[] = {20005};
    MUST(setgroups(1, groups));
    MUST(setegid(20011));
    MUST(seteuid(20021));
    // As one that wants core files has it.
    MUST(prctl(PR_SET_DUMPABLE, 1));
    family_member_wait();
    check_ids((uid_t[]){0, 20021, 0}, (gid_t[]){0, 20011, 0});
    check_groups(1, groups);
    MUST(seteuid(0));
    MUST(setegid(0));
    check_ids((uid_t[]){0, 0, 0}, (gid_t[]){0, 0, 0});
    _exit(0);
}

static _Noreturn void capabilities_only(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2], found[2];
    capabilities(data);
    data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE | 1u << CAP_CHOWN;
    data[0].inheritable = data[1].effective = data[1].permitted = data[1].inheritable = 0;
    MUST(syscall(SYS_capset, &header, data));
    family_member_wait();
    capabilities(found);
    CHECK(memcmp(data, found, sizeof data) == 0, "the capabilities are %#x, were %#x", found[0].permitted,
          data[0].permitted);
    _exit(0);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    pid_t pids[3];
    int members = geteuid() == 0 ? 3 : 0;
    void (*const mains[])(void) = {for_good, for_a_while, capabilities_only};
    for (int i = 0; i < members; i++) {
        pids[i] = family_fork();
        if (pids[i] == 0)
            mains[i]();
    }
    family_run(members);
    for (int i = 0; i < members; i++)
        family_reap(pids[i], 0);
    return guest_pass();
}
