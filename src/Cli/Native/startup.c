/*
 * Runs before the managed runtime, for what `interpose run` has to hand on unchanged:
 * - the runtime ignores SIGPIPE, and an ignored signal stays ignored across execve;
 * - the framework's strings would damage arguments that are no UTF-8.
 */
#include <signal.h>

int interpose_sigpipe_was_ignored(void);
char **interpose_arguments(void);
char **interpose_environment(void);

static int sigpipe_was_ignored;
static char **arguments;
static char **environment;

/* glibc passes constructors what it passes main. */
__attribute__((constructor)) static void remember(int argc, char **argv, char **envp) {
  struct sigaction action;
  (void)argc;
  sigpipe_was_ignored = sigaction(SIGPIPE, 0, &action) == 0 && action.sa_handler == SIG_IGN;
  arguments = argv;
  environment = envp;
}

int interpose_sigpipe_was_ignored(void) { return sigpipe_was_ignored; }

char **interpose_arguments(void) { return arguments; }

char **interpose_environment(void) { return environment; }
