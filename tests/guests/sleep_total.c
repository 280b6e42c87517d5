// Sleeps a given time in one call and prints how long it took; the harness checkpoints it often.
#include "guest.h"

int main(int argc, char **argv)
{
    guest_init(argc, argv);
    double seconds = argc > 2 ? atof(argv[2]) : 0.2;
    guest_ready();
    int64_t start = guest_now();
    struct timespec time = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    CHECK(nanosleep(&time, NULL) == 0, "nanosleep: %s", strerror(errno));
    double took = (guest_now() - start) / 1e9;
    CHECK(took >= seconds && took < seconds + 1, "a sleep of %.3f s took %.3f s", seconds, took);
    return guest_pass();
}
