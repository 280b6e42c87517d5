// Holds one object that cannot be checkpointed, by name (the second argument), and goes on when that is refused.
// Where it may not be made: says why instead of READY.
#include "guest.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/fanotify.h>

static int userfaultfd_open(void)
{
    return syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */);
}
static int fanotify_open(void)
{
    return fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, 0);
}
static int perf_open(void)
{
    struct perf_event_attr what = {
        .type = PERF_TYPE_SOFTWARE, .size = sizeof what, .config = PERF_COUNT_SW_PAGE_FAULTS, .exclude_kernel = 1};
    return syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
}
static int bpf_open(void)
{
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
}
static int io_uring_open(void)
{
    char parameters[120] = {0};
    return syscall(425 /* io_uring_setup */, 4, parameters);
}
static int kvm_open(void)
{
    return open("/dev/kvm", O_RDWR | O_CLOEXEC);
}
static int fuse_open(void)
{
    return open("/dev/fuse", O_RDWR | O_CLOEXEC);
}
static int tun_open(void)
{
    return open("/dev/net/tun", O_RDWR | O_CLOEXEC);
}
static int lease_open(void)
{
    char name[] = "lease.XXXXXX";
    close(MUST(mkstemp(name)));
    int fd = MUST(open(name, O_RDONLY));
    unlink(name);
    return fcntl(fd, F_SETLEASE, F_RDLCK) ? -1 : fd;
}
static int dnotify_open(void)
{
    int fd = MUST(open(".", O_RDONLY | O_DIRECTORY));
    return fcntl(fd, F_NOTIFY, DN_CREATE) ? -1 : fd;
}
static int aio_open(void)
{
    unsigned long context = 0;
    return syscall(SYS_io_setup, 4, &context) ? -1 : 0;
}

static int mq_notify_open(void)
{
    char name[64];
    snprintf(name, sizeof name, "/refused-%d", getpid());
    mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
    mq_unlink(name);
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    return queue < 0 || mq_notify(queue, &event) ? -1 : queue;
}

static const struct {
    const char *name;
    int (*make)(void);
} kinds[] = {{"userfaultfd", userfaultfd_open},
             {"fanotify", fanotify_open},
             {"perf", perf_open},
             {"bpf", bpf_open},
             {"io_uring", io_uring_open},
             {"kvm", kvm_open},
             {"fuse", fuse_open},
             {"tun", tun_open},
             {"lease", lease_open},
             {"dnotify", dnotify_open},
             {"mq_notify", mq_notify_open},
             {"aio", aio_open}};

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    const char *name = argc > 2 ? argv[2] : "userfaultfd";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        if (kinds[i].make() < 0) {
            printf("SKIP %s: %s\n", name, strerror(errno));
            return 0;
        }
        guest_ready();
        guest_wait();
        return guest_pass();
    }
    FAIL("nothing is called %s", name);
}
