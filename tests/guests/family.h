// Shared by guests of several processes. Main prepares, forks its family, waits until every member says that it is set
// up, and lets all go at once: members block in read on a pipe that only main can close.
#pragma once

#include "guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

// Call in main before the first fork.
void family_init(void);
// Forks a child that dies with its parent.
pid_t family_fork(void);
// Like family_fork, but the child outlives its parent.
pid_t family_fork_daemon(void);
// In a member: it is set up, then waits until main lets all go.
void family_member_wait(void);
// In a member: it is set up.
void family_member_ready(void);
// In a member: waits until main lets all go.
void family_member_go(void);
// In main: waits until so many members are set up, prints READY, waits for the go file and lets all members go.
void family_run(int members);
// In main: waits until one member is set up, for a guest that makes one after the other.
void family_ready_one(void);
// The two halves of family_run, for a guest that has to do something in between.
void family_ready(int members);
void family_go(void);
// Waits for a child and fails unless it ended with this status of wait(2).
void family_reap(pid_t pid, int status);
// Returns when the process (or a thread of it) sleeps in the kernel.
void family_wait_asleep(pid_t pid);
// Returns when the process is a zombie.
void family_wait_zombie(pid_t pid);
