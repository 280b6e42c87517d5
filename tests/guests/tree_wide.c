// Three hundred children that do nothing: all are there again, and each ends as it is told to.
#include "family.h"

enum { CHILDREN = 300 };

static int number;

static void on_user(int signal)
{
    (void)signal;
    _exit(number % 256);
}

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    family_init();
    pid_t children[CHILDREN];
    for (number = 0; number < CHILDREN; number++) {
        children[number] = family_fork();
        if (children[number] == 0) {
            signal(SIGUSR1, on_user);
            family_member_ready();
            for (;;) {
                pause();
                FAIL("pause of child %d returned", number);
            }
        }
    }
    family_ready(CHILDREN);
    CHECK(waitpid(-1, NULL, WNOHANG) == 0, "a child has ended");
    for (int i = 0; i < CHILDREN; i++)
        MUST(kill(children[i], i % 3 == 0 ? SIGTERM : SIGUSR1));
    for (int i = 0; i < CHILDREN; i++)
        family_reap(children[i], i % 3 == 0 ? SIGTERM : i % 256 << 8);
    return guest_pass();
}
