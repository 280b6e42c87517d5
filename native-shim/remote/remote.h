/*
 * interpose-remote: what `ssh HOST COMMAND` becomes when a program of the computation executes it. ssh only starts the
 * other side and then ends; input, output and exit status of the command travel over a connection between two processes
 * that are members of the computation, so that it can be saved and made anew wherever they are restarted.
 *
 * In C because both sides are part of every checkpoint of the job and are to be as small as an idle process can be.
 */
#ifndef INTERPOSE_REMOTE_H
#define INTERPOSE_REMOTE_H

#include <stddef.h>
#include <stdint.h>

enum { REMOTE_FAILED = 255, TOKEN = 32, LARGEST_FRAME = 16384 };

/* Frames of the connection: kind (1 byte), length (4 bytes, little endian), data. */
enum kind { INPUT = 0, INPUT_END = 1, OUTPUT = 2, ERROR_OUTPUT = 3, EXIT_STATUS = 4 };

/* Reads or writes all of it; 0, or -1 at the end or after an error. */
int remote_read(int fd, void *data, size_t length);
int remote_write(int fd, const void *data, size_t length);

int remote_send(int connection, enum kind kind, const void *data, size_t length);

/* The next frame into a buffer of LARGEST_FRAME; its kind, or -1. */
int remote_receive(int connection, void *data, size_t *length);

/* Prints a message and ends with status 255, as ssh does when it fails. */
_Noreturn void remote_die(const char *what, const char *why);

/* What the other side is told on ssh's standard input, so that nothing of it appears in a list of processes. */
struct order {
  char *coordinator, *secret, *computation, *directory, *codec; /* values of the environment; the last two may be NULL */
  char *token;                                                   /* in hexadecimal digits */
  char *port;                                                    /* where the command's side connects to */
  char *command;
};

int order_write(int fd, const struct order *order);
int order_read(int fd, struct order *order);

int remote_client(int argc, char **argv); /* interpose-remote ssh SSH ARGUMENTS... */
int remote_serve(void);                   /* interpose-remote serve, executed by sshd */
int remote_run(char **argv);              /* interpose-remote run CONNECTION COMMAND */

#endif
