// Programs that are executed in every way there is, with their environment emptied: under interpose each of them is part
// of the computation and knows its coordinator; otherwise none of them sees anything. They are alive until the end.
#include "guest.h"

#include <spawn.h>
#include <sys/wait.h>

static char self[4096], computation[256], lead[16], rest[16];

static const char *expected(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "-";
}

// The executed program: looks around, reports, and waits for the end of the pipe.
static int child(char **argv)
{
    CHECK(strcmp(expected("INTERPOSE_COMPUTATION"), argv[2]) == 0, "computation '%s' instead of '%s'",
          expected("INTERPOSE_COMPUTATION"), argv[2]);
    if (argv[2][0] != '-') {
        CHECK(strstr(expected("LD_PRELOAD"), "libinterpose.so"), "LD_PRELOAD is '%s'", expected("LD_PRELOAD"));
        CHECK(strlen(expected("INTERPOSE_SECRET")) == 64 && expected("INTERPOSE_COORDINATOR")[0] != '-',
              "no coordinator");
    }
    char byte = 'x';
    MUST(write(atoi(argv[3]), &byte, 1));
    close(atoi(argv[3]));
    while (read(atoi(argv[4]), &byte, 1) < 0 && errno == EINTR)
        ;
    return 0;
}

enum {
    EXECVE_EMPTY,
    EXECVE_NULL,
    EXECVE_OTHER,
    EXECV,
    EXECVP,
    EXECVPE,
    EXECL,
    EXECLP,
    EXECLE,
    FEXECVE,
    EXECVEAT,
    VFORK,
    SPAWN,
    SPAWNP,
    SYSTEM,
    POPEN,
    ENV_I,
    SCRIPT,
    RAW,
    VARIANTS
};

static int wait_for(pid_t pid)
{
    int status;
    MUST(waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int execute(int variant, const char *script)
{
    char *argv[] = {self, (char *)"child", computation, lead, rest, NULL};
    char *none[] = {NULL}, *other[] = {(char *)"PATH=/bin:/usr/bin", (char *)"LD_PRELOAD=", (char *)"OTHER=1", NULL};
    char command[8192];
    pid_t pid = -1;
    FILE *file;
    snprintf(command, sizeof command, "exec %s child %s %s %s", self, computation, lead, rest);
    switch (variant) {
    case EXECVE_EMPTY:
        execve(self, argv, none);
        break;
    case EXECVE_NULL:
        execve(self, argv, NULL);
        break;
    case EXECVE_OTHER:
        execve(self, argv, other);
        break;
    case EXECV:
        clearenv();
        execv(self, argv);
        break;
    case EXECVP:
        clearenv();
        execvp(self, argv);
        break;
    case EXECVPE:
        execvpe(self, argv, none);
        break;
    case EXECL:
        clearenv();
        execl(self, self, "child", computation, lead, rest, NULL);
        break;
    case EXECLP:
        clearenv();
        execlp(self, self, "child", computation, lead, rest, NULL);
        break;
    case EXECLE:
        execle(self, self, "child", computation, lead, rest, NULL, none);
        break;
    case FEXECVE:
        fexecve(MUST(open(self, O_RDONLY | O_CLOEXEC)), argv, none);
        break;
    case EXECVEAT:
        execveat(AT_FDCWD, self, argv, none, 0);
        break;
    case VFORK:
        pid = vfork();
        if (pid == 0) {
            execve(self, argv, none);
            _exit(98);
        }
        return wait_for(pid);
    case SPAWN:
        CHECK(posix_spawn(&pid, self, NULL, NULL, argv, none) == 0, "posix_spawn");
        return wait_for(pid);
    case SPAWNP:
        CHECK(posix_spawnp(&pid, self, NULL, NULL, argv, other) == 0, "posix_spawnp");
        return wait_for(pid);
    case SYSTEM:
        clearenv();
        return WEXITSTATUS(system(command));
    case POPEN:
        clearenv();
        file = popen(command, "r");
        CHECK(file, "popen: %s", strerror(errno));
        while (fread(command, 1, sizeof command, file) > 0)
            ;
        return WEXITSTATUS(pclose(file));
    case ENV_I:
        execl("/usr/bin/env", "env", "-i", self, "child", computation, lead, rest, NULL);
        break;
    case SCRIPT:
        execle(script, script, self, computation, lead, rest, NULL, none);
        break;
    case RAW:
        syscall(SYS_execve, self, argv, none);
        break;
    }
    return 97;
}

static void run_all(bool wait_long)
{
    int up[2], down[2];
    pid_t pids[VARIANTS];
    char script[] = "/tmp/exec-environment-XXXXXX";
    int fd = MUST(mkstemp(script));
    dprintf(fd, "#!/bin/sh\nexec \"$1\" child \"$2\" \"$3\" \"$4\"\n");
    MUST(fchmod(fd, 0700));
    close(fd);
    MUST(pipe(up));
    MUST(pipe(down));
    snprintf(lead, sizeof lead, "%d", up[1]);
    snprintf(rest, sizeof rest, "%d", down[0]);
    for (int i = 0; i < VARIANTS; i++) {
        pids[i] = MUST(fork());
        if (pids[i] == 0) {
            close(down[1]);
            _exit(execute(i, script));
        }
    }
    close(up[1]);
    for (int i = 0; i < VARIANTS; i++) {
        char byte;
        CHECK(read(up[0], &byte, 1) == 1, "only %d of %d programs were executed", i, VARIANTS);
    }
    if (wait_long) {
        guest_ready();
        guest_wait();
    }
    close(down[1]);
    for (int i = 0; i < VARIANTS; i++) {
        int status = wait_for(pids[i]);
        CHECK(status == 0, "variant %d ended with %d", i, status);
    }
    close(up[0]);
    close(down[0]);
    unlink(script);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "child") == 0)
        return child(argv);
    guest_init(argc, argv);
    snprintf(computation, sizeof computation, "%s", expected("INTERPOSE_COMPUTATION"));
    self[MUST(readlink("/proc/self/exe", self, sizeof self - 1))] = 0;
    run_all(true);
    run_all(false);
    return guest_pass();
}
