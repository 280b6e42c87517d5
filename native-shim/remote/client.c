/* The side of the program that executed ssh. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remote.h"

/* ssh(1): options that take a value, and those with which it does something else than to run a command. */
static const char with_value[] = "BbcDEeFIiJLlmOoPpQRSWw", others[] = "fGMNOQstVWw";

/* The index of the first word of the command; 0: this is not for us. `no_input`: -n was given. */
static int find_command(int argc, char **argv, int *no_input) {
  int host = 0, i;
  for (i = 3; i < argc; i++) {
    if (argv[i][0] != '-' || !argv[i][1]) {
      if (host) return i;
      host = i;
      continue;
    }
    if (!strcmp(argv[i], "--")) return host ? (i + 1 < argc ? i + 1 : 0) : i + 2 < argc ? i + 2 : 0;
    for (const char *c = argv[i] + 1; *c; c++) {
      if (strchr(others, *c)) return 0;
      if (*c == 'n') *no_input = 1;
      if (strchr(with_value, *c)) {
        if (!c[1]) i++;
        break;
      }
    }
  }
  return 0;
}

/* execve(2) past the wrappers of the shim, which would make a member of ssh, and bring us here again. */
static void execute(const char *path, char *const argv[], char *const envp[]) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"((long)SYS_execve), "D"(path), "S"(argv), "d"(envp)
                   : "rcx", "r11", "memory");
  errno = (int)-result;
}

/* The environment without what makes a member: ssh is none, for it will be gone when it matters. */
static char **without_us(void) {
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  char **result = calloc(count + 1, sizeof *result);
  for (size_t i = 0; i < count; i++) {
    if (!strncmp(environ[i], "INTERPOSE_", 10)) continue;
    if (strncmp(environ[i], "LD_PRELOAD=", 11)) {
      result[kept++] = environ[i];
      continue;
    }
    /* What is left of the list without our library, which is its first entry. */
    const char *rest = strchr(environ[i], ':');
    if (rest && asprintf(&result[kept], "LD_PRELOAD=%s", rest + 1) > 0) kept++;
  }
  return result;
}

/* Where the installation of the other host is: INTERPOSE_HOME there, or the same directory as here. */
static char *server_command(void) {
  char self[PATH_MAX], *command;
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) remote_die("/proc/self/exe", strerror(errno));
  self[length] = 0;
  char *tail = strstr(self, "/lib/interpose/");
  if (!tail || strchr(self, '\'')) remote_die(self, "is not in the lib directory of an installation");
  *tail = 0;
  if (asprintf(&command, "exec sh -c 'exec \"${INTERPOSE_HOME:-%s}/lib/interpose/interpose-remote\" serve'", self) < 0)
    remote_die("memory", strerror(errno));
  return command;
}

static int start_ssh(int argc, char **argv, int command, int no_input, pid_t *pid) {
  int ends[2], count = 0;
  char **all = calloc((size_t)argc + 2, sizeof *all);
  all[count++] = argv[2];
  for (int i = 3; i < command; i++) {
    /* Our order goes through its standard input. */
    if (no_input && argv[i][0] == '-' && !strcmp(argv[i], "-n")) continue;
    all[count++] = argv[i];
  }
  all[count++] = server_command();
  char **environment = without_us();
  if (pipe2(ends, O_CLOEXEC)) remote_die("pipe", strerror(errno));
  *pid = fork();
  if (*pid < 0) remote_die("fork", strerror(errno));
  if (*pid == 0) {
    dup2(ends[0], 0);
    execute(argv[2], all, environment);
    remote_die(argv[2], strerror(errno));
  }
  close(ends[0]);
  return ends[1];
}

static int listen_anywhere(char *port, size_t size) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6};
  struct sockaddr_in four = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), off = 0;
  if (listener >= 0) setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address)) {
    if (listener >= 0) close(listener);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&four, sizeof four)) remote_die("bind", strerror(errno));
  }
  if (listen(listener, 8) || getsockname(listener, (struct sockaddr *)&address, &length))
    remote_die("listen", strerror(errno));
  snprintf(port, size, "%u", ntohs(address.sin6_port)); /* at the same place in both */
  return listener;
}

/* Waits for whoever knows the token; anybody may connect. Also notices that ssh has failed. */
static int await_server(int listener, const char *token, pid_t ssh) {
  enum { STEP_MS = 200, LIMIT = 60 * 1000 / STEP_MS, PATIENCE_MS = 5000 };
  for (int ended_for = 0; ended_for < LIMIT;) {
    struct pollfd waiting = {listener, POLLIN, 0};
    int status;
    if (ssh && waitpid(ssh, &status, WNOHANG) == ssh) {
      ssh = 0;
      if (!WIFEXITED(status) || WEXITSTATUS(status)) exit(WIFEXITED(status) ? WEXITSTATUS(status) : REMOTE_FAILED);
    }
    if (!ssh) ended_for++;
    if (poll(&waiting, 1, STEP_MS) <= 0) continue;
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) continue;
    char got[2 * TOKEN];
    struct timeval patience = {PATIENCE_MS / 1000, 0}, none = {0, 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned difference = remote_read(connection, got, sizeof got) ? 1 : 0;
    for (size_t i = 0; !difference && i < sizeof got; i++) difference |= (unsigned char)(got[i] ^ token[i]);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
    if (!difference) {
      if (ssh) waitpid(ssh, &status, 0);
      return connection;
    }
    close(connection);
  }
  remote_die("the command", "did not connect back within a minute; do firewalls let hosts of the job connect to each other?");
}

static int relay(int connection, int no_input) {
  char data[LARGEST_FRAME];
  size_t length;
  int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  signal(SIGPIPE, SIG_IGN);
  if (no_input) remote_send(connection, INPUT_END, "", 0);
  for (;;) {
    struct pollfd waiting[2] = {{connection, POLLIN, 0}, {no_input ? -1 : 0, POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents) {
      ssize_t n = read(0, data, sizeof data);
      if (n > 0) {
        remote_send(connection, INPUT, data, (size_t)n);
      } else if (n == 0 || errno != EINTR) {
        remote_send(connection, INPUT_END, "", 0);
        no_input = 1;
      }
    }
    if (!waiting[0].revents) continue;
    switch (remote_receive(connection, data, &length)) {
    case OUTPUT:
      if (remote_write(1, data, length)) return REMOTE_FAILED;
      break;
    case ERROR_OUTPUT:
      if (remote_write(2, data, length)) return REMOTE_FAILED;
      break;
    case EXIT_STATUS:
      return length ? (uint8_t)data[0] : REMOTE_FAILED;
    default:
      fprintf(stderr, "interpose: the connection to the other host is broken\n");
      return REMOTE_FAILED;
    }
  }
}

/* posix_spawnp(3) leaves the search to us. */
static char *find_program(char *name) {
  const char *path = getenv("PATH");
  if (strchr(name, '/') || !path) return name;
  for (const char *at = path; *at;) {
    size_t length = strcspn(at, ":");
    char *candidate;
    if (asprintf(&candidate, "%.*s/%s", (int)length, at, name) > 0 && !access(candidate, X_OK)) return candidate;
    at += length + (at[length] == ':');
  }
  return name;
}

int remote_client(int argc, char **argv) {
  static const char digits[] = "0123456789abcdef";
  uint8_t random[TOKEN];
  char token[2 * TOKEN + 1] = "", port[8];
  int no_input = 0, command = find_command(argc, argv, &no_input);
  argv[2] = find_program(argv[2]);
  if (!command) {
    execute(argv[2], argv + 2, environ);
    remote_die(argv[2], strerror(errno));
  }
  if (getrandom(random, sizeof random, 0) != sizeof random) remote_die("getrandom", strerror(errno));
  for (int i = 0; i < TOKEN; i++) {
    token[2 * i] = digits[random[i] >> 4];
    token[2 * i + 1] = digits[random[i] & 15];
  }
  size_t size = 1;
  for (int i = command; i < argc; i++) size += strlen(argv[i]) + 1;
  char *words = calloc(size, 1);
  for (int i = command; i < argc; i++) strcat(strcat(words, i > command ? " " : ""), argv[i]);

  int listener = listen_anywhere(port, sizeof port);
  pid_t ssh;
  int order_fd = start_ssh(argc, argv, command, no_input, &ssh);
  struct order order = {
      .coordinator = getenv("INTERPOSE_COORDINATOR"),
      .secret = getenv("INTERPOSE_SECRET"),
      .computation = getenv("INTERPOSE_COMPUTATION"),
      .directory = getenv("INTERPOSE_CKPT_DIR"),
      .codec = getenv("INTERPOSE_CODEC"),
      .token = token,
      .port = port,
      .command = words,
  };
  signal(SIGPIPE, SIG_IGN); /* ssh that ends early says why by itself */
  order_write(order_fd, &order);
  close(order_fd);
  int connection = await_server(listener, token, ssh);
  close(listener);
  return relay(connection, no_input);
}
