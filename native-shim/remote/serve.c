/* The side of the command: started by sshd, it becomes a member of the computation and lets ssh end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remote.h"

enum { CONNECT_SECONDS = 10 };

/* Connects to a numerical address. */
static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *found;
  if (getaddrinfo(host, port, &hints, &found)) {
    errno = EINVAL;
    return -1;
  }
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {CONNECT_SECONDS, 0}; /* of connect, too (socket(7)) */
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int outcome = connect(fd, found->ai_addr, found->ai_addrlen), error = errno;
  freeaddrinfo(found);
  if (!outcome) return fd;
  close(fd);
  errno = error;
  return -1;
}

/* sshd(8) says from where it was called: the one address of that host that is certain to be right here. */
static char *calling_host(void) {
  char *connection = getenv("SSH_CONNECTION"), *host = connection ? strdup(connection) : NULL;
  if (!host || !strchr(host, ' ')) remote_die("SSH_CONNECTION", "is not set; was this started by sshd?");
  *strchr(host, ' ') = 0;
  if (!strncmp(host, "::ffff:", 7)) host += 7;
  return host;
}

/* A coordinator that is known by a loopback address is on the calling host. */
static char *coordinator_from_here(const char *address, const char *caller) {
  char *result, *colon = strrchr(address, ':');
  if (!colon) remote_die(address, "is no address of a coordinator");
  if (strncmp(address, "127.", 4) && strncmp(address, "[::1]", 5)) return strdup(address);
  if (asprintf(&result, strchr(caller, ':') ? "[%s]%s" : "%s%s", caller, colon) < 0) return NULL;
  return result;
}

static void require_coordinator(const char *address) {
  char host[128], *port = strrchr(address, ':');
  size_t length = (size_t)(port - address);
  int six = address[0] == '[';
  if (length >= sizeof host) remote_die(address, "is no address of a coordinator");
  memcpy(host, address, length);
  host[length - (size_t)six] = 0;
  int fd = connect_to(host + six, port + 1);
  if (fd < 0) {
    char why[256];
    snprintf(why, sizeof why,
             "the coordinator cannot be reached: %s; let it listen on an address of the network: interpose run --listen "
             "0.0.0.0, or interpose coordinator --listen 0.0.0.0:0",
             strerror(errno));
    remote_die(address, why);
  }
  close(fd);
}

static void put(const char *name, const char *value) {
  if (value && setenv(name, value, 1)) remote_die(name, strerror(errno));
}

static void join(const struct order *order, const char *coordinator, const char *self) {
  char *shim = strdup(self), *list;
  const char *other = getenv("LD_PRELOAD");
  *strrchr(shim, '/') = 0;
  if (asprintf(&list, other && *other ? "%s/libinterpose.so:%s" : "%s/libinterpose.so", shim, other) < 0)
    remote_die("memory", strerror(errno));
  put("LD_PRELOAD", list);
  put("INTERPOSE_COORDINATOR", coordinator);
  put("INTERPOSE_SECRET", order->secret);
  put("INTERPOSE_COMPUTATION", order->computation);
  put("INTERPOSE_CKPT_DIR", order->directory);
  put("INTERPOSE_CODEC", order->codec);
}

int remote_serve(void) {
  struct order order;
  char self[PATH_MAX], number[16];
  if (order_read(0, &order)) remote_die("the order", "is incomplete; is the same version installed on both hosts?");
  const char *caller = calling_host();
  char *coordinator = coordinator_from_here(order.coordinator, caller);
  require_coordinator(coordinator);
  int connection = connect_to(caller, order.port);
  if (connection < 0) remote_die(caller, strerror(errno));
  if (remote_write(connection, order.token, 2 * TOKEN)) remote_die(caller, strerror(errno));
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) remote_die("/proc/self/exe", strerror(errno));
  self[length] = 0;

  pid_t child = fork();
  if (child < 0) remote_die("fork", strerror(errno));
  if (child) return 0;
  setsid();
  int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  if (nothing > 2) close(nothing);
  fcntl(connection, F_SETFD, 0);
  snprintf(number, sizeof number, "%d", connection);
  join(&order, coordinator, self);
  execl(self, "interpose-remote", "run", number, order.command, NULL);
  _exit(REMOTE_FAILED);
}

static pid_t start_command(const char *command, int ends[3][2]) {
  struct passwd *user = getpwuid(getuid());
  const char *shell = user && user->pw_shell && *user->pw_shell ? user->pw_shell : "/bin/sh", *name = strrchr(shell, '/');
  for (int i = 0; i < 3; i++)
    if (pipe2(ends[i], O_CLOEXEC)) return -1;
  pid_t child = fork();
  if (child) {
    close(ends[0][0]);
    close(ends[1][1]);
    close(ends[2][1]);
    return child;
  }
  dup2(ends[0][0], 0);
  dup2(ends[1][1], 1);
  dup2(ends[2][1], 2);
  signal(SIGPIPE, SIG_DFL);
  execl(shell, name ? name + 1 : shell, "-c", command, NULL);
  fprintf(stderr, "%s: %s\n", shell, strerror(errno));
  _exit(127);
}

/* As much as a pipe has now; 0 at its end. */
static int forward(int connection, enum kind kind, int *from) {
  char data[LARGEST_FRAME];
  ssize_t n = read(*from, data, sizeof data);
  if (n < 0 && errno == EINTR) return 0;
  if (n > 0) return remote_send(connection, kind, data, (size_t)n);
  close(*from);
  *from = -1;
  return 0;
}

int remote_run(char **argv) {
  int connection = atoi(argv[2]), ends[3][2], on = 1, status = 0;
  char data[LARGEST_FRAME];
  size_t length;
  fcntl(connection, F_SETFD, FD_CLOEXEC);
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  signal(SIGPIPE, SIG_IGN);
  pid_t child = start_command(argv[3], ends);
  if (child < 0) return REMOTE_FAILED;
  int input = ends[0][1], output = ends[1][0], errors = ends[2][0];
  while (output >= 0 || errors >= 0) {
    struct pollfd waiting[3] = {{connection, POLLIN, 0}, {output, POLLIN, 0}, {errors, POLLIN, 0}};
    if (poll(waiting, 3, -1) < 0) continue;
    if (waiting[1].revents && forward(connection, OUTPUT, &output)) return REMOTE_FAILED;
    if (waiting[2].revents && forward(connection, ERROR_OUTPUT, &errors)) return REMOTE_FAILED;
    if (!waiting[0].revents) continue;
    int kind = remote_receive(connection, data, &length);
    if (kind < 0) return REMOTE_FAILED; /* whoever wanted the output is gone; the command learns by SIGPIPE */
    if (kind == INPUT && input >= 0 && remote_write(input, data, length)) kind = INPUT_END;
    if (kind == INPUT_END && input >= 0) {
      close(input);
      input = -1;
    }
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  uint8_t code = WIFEXITED(status) ? (uint8_t)WEXITSTATUS(status) : (uint8_t)(128 + WTERMSIG(status));
  remote_send(connection, EXIT_STATUS, &code, 1);
  return 0;
}
