// What a restarted program does next works: fork, exec, wait, threads, libraries, temporary files.
#include "guest.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>

static void *thread(void *argument) { return argument; }

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    guest_ready();
    guest_wait();
    pid_t child = MUST(fork());
    if (child == 0) {
        void *result;
        pthread_join(guest_thread(thread, (void *)5), &result);
        _exit(result == (void *)5 && getppid() > 0 ? 42 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 42,
          "a forked child ended with %x", status);
    child = MUST(fork());
    if (child == 0) {
        pause();
        _exit(1);
    }
    kill(child, SIGTERM);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
          "a terminated child ended with %x", status);
    status = system("exit 7");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7, "system gave %x: %s", status, strerror(errno));
    FILE *output = popen("echo hello", "r");
    char line[64] = "";
    CHECK(output && fgets(line, sizeof line, output) && strcmp(line, "hello\n") == 0, "popen gave '%s'", line);
    CHECK(pclose(output) == 0, "pclose failed");
    for (int i = 0; i < 100; i++) {
        void *result;
        pthread_join(guest_thread(thread, (void *)(intptr_t)i), &result);
        CHECK(result == (void *)(intptr_t)i, "a new thread returned something else");
    }
    void *library = dlopen("libresolv.so.2", RTLD_NOW);
    CHECK(library && dlsym(library, "ns_name_ntop"), "dlopen: %s", dlerror());
    dlclose(library);
    FILE *temporary = tmpfile();
    CHECK(temporary && fputs("x", temporary) >= 0 && fclose(temporary) == 0, "tmpfile: %s", strerror(errno));
    return guest_pass();
}
