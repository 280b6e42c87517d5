#include "guest.h"

#include <setjmp.h>
#include <signal.h>

enum { GIVE_UP_SECONDS = 300 };

const char *guest_go_path;
static int64_t started_at;

void guest_fail(const char *file, int line, const char *format, ...)
{
    static atomic_flag failed = ATOMIC_FLAG_INIT;
    char message[800];
    va_list arguments;
    va_start(arguments, format);
    int length = snprintf(message, sizeof message, "FAIL %s: ", program_invocation_short_name);
    length += vsnprintf(message + length, sizeof message - 80 - length, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof message - 80)
        length = sizeof message - 80;
    const char *base = strrchr(file, '/');
    length += snprintf(message + length, 80, " (%.40s:%d)\n", base ? base + 1 : file, line);
    // The first thread that fails speaks for all; write and not printf, for stdio may be what broke.
    if (!atomic_flag_test_and_set(&failed) && write(STDOUT_FILENO, message, length) != length)
        _exit(2);
    _exit(1);
}

void guest_init(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s GO-FILE\n", argv[0]);
        exit(2);
    }
    guest_go_path = argv[1];
    started_at = guest_now();
}

void guest_ready(void)
{
    puts("READY");
    fflush(stdout);
}

bool guest_go(void)
{
    if (access(guest_go_path, F_OK) == 0)
        return true;
    // A test that is gone must not leave programs behind that wait, or even spin, for ever.
    if (guest_now() - started_at > GIVE_UP_SECONDS * 1000000000LL)
        FAIL("nobody makes the go file");
    return false;
}

void guest_wait(void)
{
    struct timespec step = {.tv_nsec = 2000000};
    while (!guest_go())
        CHECK(nanosleep(&step, NULL) == 0, "nanosleep ended with %s", strerror(errno));
}

int guest_pass(void)
{
    printf("PASS %s\n", program_invocation_short_name);
    return fflush(stdout) == 0 ? 0 : 1;
}

pthread_t guest_thread(void *(*start)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, start, argument);
    CHECK(error == 0, "pthread_create: %s", strerror(error));
    return thread;
}

void guest_wait_asleep(pid_t tid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    struct timespec step = {.tv_nsec = 1000000};
    for (;;) {
        int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
        ssize_t length = MUST(read(fd, text, sizeof text - 1));
        close(fd);
        text[length] = 0;
        // The state follows the name, which stands in parentheses and may contain some.
        const char *end = strrchr(text, ')');
        if (end && end[2] == 'S')
            return;
        nanosleep(&step, NULL);
    }
}

int64_t guest_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static uint64_t mix(uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ULL;
    return value ^ (value >> 33);
}

void guest_pattern(void *memory, size_t size, uint64_t seed)
{
    uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = mix(seed * 0x9e3779b97f4a7c15ULL + i);
        memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
    }
}

ssize_t guest_check_pattern(const void *memory, size_t size, uint64_t seed)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = mix(seed * 0x9e3779b97f4a7c15ULL + i);
        if (memcmp(bytes + i, &word, size - i < 8 ? size - i : 8) != 0)
            return i;
    }
    return -1;
}

static FILE *open_proc(const char *path)
{
    FILE *file = fopen(path, "re");
    CHECK(file, "%s: %s", path, strerror(errno));
    return file;
}

void guest_permissions(const void *address, char permissions[5])
{
    FILE *file = open_proc("/proc/self/maps");
    char line[4200];
    strcpy(permissions, "----");
    while (fgets(line, sizeof line, file)) {
        unsigned long start, end;
        char found[8];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, found) == 3 && start <= (uintptr_t)address &&
            (uintptr_t)address < end) {
            memcpy(permissions, found, 5);
            break;
        }
    }
    fclose(file);
}

void guest_smaps(const void *address, const char *key, char *value, size_t size)
{
    FILE *file = open_proc("/proc/self/smaps");
    char line[4200];
    bool inside = false;
    value[0] = 0;
    while (fgets(line, sizeof line, file)) {
        unsigned long start, end;
        char found[8];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, found) == 3) {
            inside = start <= (uintptr_t)address && (uintptr_t)address < end;
        } else if (inside && strncmp(line, key, strlen(key)) == 0) {
            const char *text = line + strlen(key);
            text += strspn(text, " ");
            snprintf(value, size, "%s", text);
            size_t length = strlen(value);
            while (length > 0 && strchr(" \n", value[length - 1]))
                value[--length] = 0;
            break;
        }
    }
    fclose(file);
}

bool guest_has_vmflag(const void *address, const char *flag)
{
    char flags[256];
    guest_smaps(address, "VmFlags:", flags, sizeof flags);
    for (char *rest, *word = strtok_r(flags, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (strcmp(word, flag) == 0)
            return true;
    return false;
}

long guest_status(const char *key)
{
    FILE *file = open_proc("/proc/self/status");
    char line[4200];
    long value = -1;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0) {
            value = strtol(line + strlen(key), NULL, 10);
            break;
        }
    fclose(file);
    return value;
}

static __thread sigjmp_buf fault_exit;

static void on_fault(int signal)
{
    (void)signal;
    siglongjmp(fault_exit, 1);
}

bool guest_read_faults(const void *address)
{
    struct sigaction action = {.sa_handler = on_fault}, segv, bus;
    sigaction(SIGSEGV, &action, &segv);
    sigaction(SIGBUS, &action, &bus);
    bool faulted = true;
    if (sigsetjmp(fault_exit, 1) == 0) {
        (void)*(const volatile char *)address;
        faulted = false;
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    return faulted;
}
