// Generated code: writable and executable, execute-only, and one object mapped writable here and
// executable there.
#include "guest.h"

enum { PAGE = 4096 };

typedef int (*function)(void);

// mov $value, %eax; ret
static void emit(char *code, int32_t value)
{
    code[0] = (char)0xb8;
    memcpy(code + 1, &value, 4);
    code[5] = (char)0xc3;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    int private = MAP_PRIVATE | MAP_ANONYMOUS;
    char *both = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, private, -1, 0));
    emit(both, 1);
    char *only = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, private, -1, 0));
    emit(only, 2);
    MUST(mprotect(only, PAGE, PROT_EXEC));
    int fd = MUST(memfd_create("jit", MFD_CLOEXEC));
    MUST(ftruncate(fd, PAGE));
    char *writable = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    char *executable = MUST(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0));
    close(fd);
    emit(writable, 3);
    guest_ready();
    while (!guest_go())
        CHECK(((function)both)() + ((function)only)() * 10 + ((function)executable)() * 100 == 321, "code is damaged");

    char permissions[5];
    guest_permissions(only, permissions);
    CHECK(strcmp(permissions, "--xp") == 0, "the execute-only page is %s", permissions);
    CHECK(((function)only)() == 2, "the execute-only code is damaged");
    emit(both, 4);
    CHECK(((function)both)() == 4, "writable code cannot be changed");
    emit(writable, 5);
    CHECK(((function)executable)() == 5, "the two views of the code went apart");
    return guest_pass();
}
