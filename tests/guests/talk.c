#include "talk.h"

enum { UNREAD = 20000, ROUNDS = 50, QUESTION = 100 };

void talk_send(int fd, size_t size, uint64_t seed)
{
    char bytes[size];
    guest_pattern(bytes, size, seed);
    for (size_t sent = 0; sent < size;) {
        ssize_t count = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        CHECK(count > 0, "send: %s", strerror(errno));
        sent += count;
    }
}

void talk_expect(int fd, size_t size, uint64_t seed, const char *what)
{
    char bytes[size];
    for (size_t got = 0; got < size;) {
        ssize_t count = recv(fd, bytes + got, size - got, 0);
        CHECK(count > 0, "%s: %zd after %zu of %zu bytes: %s", what, count, got, size, strerror(errno));
        got += count;
    }
    ssize_t wrong = guest_check_pattern(bytes, size, seed);
    CHECK(wrong < 0, "%s: byte %zd of %zu is wrong", what, wrong, size);
}

void talk_expect_end(int fd, const char *what)
{
    char byte;
    ssize_t count = recv(fd, &byte, 1, 0);
    CHECK(count == 0, "%s: %zd instead of the end: %s", what, count, strerror(errno));
}

void talk_before(int fd, bool first)
{
    talk_send(fd, UNREAD, first ? 1 : 2);
}

void talk_after(int fd, bool first, const char *what)
{
    talk_expect(fd, UNREAD, first ? 2 : 1, what);
    for (int i = 0; i < ROUNDS; i++) {
        if (first)
            talk_send(fd, QUESTION, 100 + i);
        talk_expect(fd, QUESTION, (first ? 200 : 100) + i, what);
        if (!first)
            talk_send(fd, QUESTION, 200 + i);
    }
}
