/* MPI_THREAD_MULTIPLE: threads of each rank talk to their twins on the next rank, all at once. */
#include "mpi_guest.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 3, COUNT = 3000, EXCHANGES = 10 };

static uint64_t round_;
static MPI_Comm comms[THREADS];

static void *talk(void *argument) {
  int me = (int)(intptr_t)argument, next = (rank + 1) % ranks, previous = (rank + ranks - 1) % ranks;
  uint32_t out[COUNT], in[COUNT];
  for (int n = 0; n < EXCHANGES; n++) {
    uint64_t mark = round_ * 1000 + (uint64_t)(me * EXCHANGES + n);
    for (int i = 0; i < COUNT; i++) out[i] = mpi_guest_value(mark, rank, i);
    MPI_Sendrecv(out, COUNT, MPI_UINT32_T, next, me, in, COUNT, MPI_UINT32_T, previous, me, comms[me], MPI_STATUS_IGNORE);
    for (int i = 0; i < COUNT; i++) mpi_guest_check(in[i] == mpi_guest_value(mark, previous, i), "an exchange", round_);
  }
  return NULL;
}

int main(int argc, char **argv) {
  mpi_guest_start(&argc, &argv, 1);
  for (int i = 0; i < THREADS; i++) MPI_Comm_dup(MPI_COMM_WORLD, &comms[i]);
  for (round_ = 0; mpi_guest_goes_on(round_); round_++) {
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, talk, (void *)i);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  }
  mpi_guest_end();
}
