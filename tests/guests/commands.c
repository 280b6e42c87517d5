// system and popen that wait for their command while everything else happens: the status is the command's.
#include "family.h"

static char command[600];

static void *in_system(void *unused)
{
    int status = system(command);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 23, "system returned %#x: %s", status, strerror(errno));
    return unused;
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    // The shell itself must be in the way of nothing: it looks for the file as we do, and ends by itself when we do not.
    const char *const wait_for = "echo begun >&2; n=0; while [ ! -e '%s' ] && [ $n -lt 6000 ]; do sleep 0.01; n=$((n+1)); done; ";
    int length = snprintf(command, sizeof command - 60, wait_for, guest_go_path);
    char output[700], input[700];
    snprintf(output, sizeof output, "%s echo one; echo two; exit 5", command);
    snprintf(input, sizeof input, "%s read word; [ \"$word\" = three ] && exit 6; exit 1", command);
    strcpy(command + length, "exit 23");
    int said[2], shown = MUST(dup(STDERR_FILENO));
    MUST(pipe2(said, O_CLOEXEC));
    MUST(dup2(said[1], STDERR_FILENO));
    pid_t child = family_fork();
    if (child == 0) {
        in_system(NULL);
        _exit(0);
    }
    pthread_t thread = guest_thread(in_system, NULL);
    FILE *reader = popen(output, "re"), *writer = popen(input, "we");
    CHECK(reader && writer, "popen: %s", strerror(errno));
    char text[100] = "";
    for (size_t got = 0; got < 4 * strlen("begun\n");) {
        ssize_t count = read(said[0], text + got, sizeof text - got);
        CHECK(count > 0, "the commands did not begin");
        got += count;
    }
    // Not before: a thread that starts late would have its shell say it elsewhere.
    MUST(dup2(shown, STDERR_FILENO));
    close(said[1]);
    family_run(0);
    CHECK(fputs("three\n", writer) >= 0, "fputs: %s", strerror(errno));
    CHECK(fgets(text, sizeof text, reader) && strcmp(text, "one\n") == 0, "the first line is %s", text);
    CHECK(fgets(text, sizeof text, reader) && strcmp(text, "two\n") == 0, "the second line is %s", text);
    CHECK(!fgets(text, sizeof text, reader) && feof(reader), "there are more lines");
    int status = pclose(reader);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5, "pclose returned %#x", status);
    status = pclose(writer);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 6, "pclose returned %#x", status);
    pthread_join(thread, NULL);
    family_reap(child, 0);
    return guest_pass();
}
