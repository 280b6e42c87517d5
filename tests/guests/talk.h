// Shared by guests of connections: two processes that each have unread data for the other, and go on talking.
#pragma once

#include "family.h"

#include <sys/socket.h>

// Writes all of the pattern with this seed.
void talk_send(int fd, size_t size, uint64_t seed);
// Reads exactly so much and compares it with the pattern.
void talk_expect(int fd, size_t size, uint64_t seed, const char *what);
// Fails unless the other side has shut down its direction, and nothing is left.
void talk_expect_end(int fd, const char *what);
// Sends what stays unread; the peer does the same with another seed.
void talk_before(int fd, bool first);
// Reads what was unread, and lets questions and answers follow.
void talk_after(int fd, bool first, const char *what);
