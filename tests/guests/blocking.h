// Threads that sit in one blocking call each while checkpoints happen. A call with a time limit must
// end by itself, with the result it has undisturbed and not before its time; a call without one must
// end when it is released after the go file appeared.
#pragma once

#include "guest.h"

struct blocking_call {
    const char *name;
    // Makes the call; returns its result. errno counts only when `expected` is negative.
    long (*call)(void);
    long expected;
    int expected_errno;
    // Seconds the call has to take, or 0 when it waits for `release`.
    double seconds;
    // Whether the end is a time of CLOCK_REALTIME, which goes on while the program does not exist.
    bool realtime;
    void (*release)(void);

    pthread_t thread;
    _Atomic pid_t tid;
    _Atomic bool done;
    struct timespec started[2], ended[2]; // by CLOCK_MONOTONIC and CLOCK_REALTIME
    long result;
    int error;
};

// The main function of such a guest.
int blocking_main(int argc, char **argv, struct blocking_call *calls, int count);
