// Working directory, umask, and what relative names mean.
#include "guest.h"

#include <limits.h>

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    char go[PATH_MAX];
    CHECK(realpath(".", go), "realpath: %s", strerror(errno));
    snprintf(go + strlen(go), sizeof go - strlen(go), "/%s", "cwd.XXXXXX");
    CHECK(mkdtemp(go), "mkdtemp: %s", strerror(errno));
    static char absolute[PATH_MAX];
    if (guest_go_path[0] != '/') {
        CHECK(getcwd(absolute, sizeof absolute - strlen(guest_go_path) - 2), "getcwd: %s", strerror(errno));
        strcat(strcat(absolute, "/"), guest_go_path);
        guest_go_path = absolute;
    }
    MUST(chdir(go));
    umask(0137);
    guest_ready();
    guest_wait();
    char now[PATH_MAX];
    CHECK(getcwd(now, sizeof now) && strcmp(now, go) == 0, "the working directory is %s, was %s", now, go);
    mode_t mask = umask(0137);
    CHECK(mask == 0137, "the umask is %o, was 137", mask);
    int fd = MUST(open("file", O_CREAT | O_RDWR, 0666));
    struct stat status;
    MUST(fstat(fd, &status));
    CHECK((status.st_mode & 0777) == 0640, "a new file has mode %o", status.st_mode & 0777);
    unlink("file");
    rmdir(go);
    return guest_pass();
}
