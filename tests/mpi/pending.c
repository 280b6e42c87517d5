/*
 * Non-blocking communication of everybody with everybody: many requests are pending at any moment, many messages arrive
 * before anybody asks for them, and all write large messages before one of them reads.
 */
#include "mpi_guest.h"

#include <stdlib.h>

enum { SMALL = 40, LARGE = 200000, TAG_LARGE = 1000 };

static uint32_t *outgoing, *incoming;

static void check_all(uint64_t round, int from, const uint32_t *data, int count, int index) {
  for (int i = 0; i < count; i++)
    mpi_guest_check(data[i] == mpi_guest_value(round, from, index + i), "a message", round);
}

int main(int argc, char **argv) {
  mpi_guest_start(&argc, &argv, 0);
  int per_rank = SMALL + 1;
  MPI_Request *sends = malloc((size_t)(ranks * per_rank) * sizeof *sends);
  outgoing = malloc((size_t)(LARGE + SMALL) * 4);
  incoming = malloc((size_t)LARGE * 4 * (size_t)ranks);
  MPI_Request *receives = malloc((size_t)ranks * sizeof *receives);
  for (uint64_t round = 0; mpi_guest_goes_on(round); round++) {
    int count = 0;
    for (int i = 0; i < LARGE + SMALL; i++) outgoing[i] = mpi_guest_value(round, rank, i);
    for (int to = 0; to < ranks; to++) {
      for (int i = 0; i < SMALL; i++)
        MPI_Isend(outgoing + LARGE + i, 1, MPI_UINT32_T, to, i, MPI_COMM_WORLD, &sends[count++]);
      MPI_Isend(outgoing, LARGE, MPI_UINT32_T, to, TAG_LARGE, MPI_COMM_WORLD, &sends[count++]);
    }
    MPI_Barrier(MPI_COMM_WORLD); /* now everything small is unexpected */
    for (int from = 0; from < ranks; from++)
      MPI_Irecv(incoming + (size_t)from * LARGE, LARGE, MPI_UINT32_T, from, TAG_LARGE, MPI_COMM_WORLD, &receives[from]);
    for (int i = SMALL - 1; i >= 0; i--)
      for (int from = 0; from < ranks; from++) {
        uint32_t value;
        MPI_Recv(&value, 1, MPI_UINT32_T, from, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        check_all(round, from, &value, 1, LARGE + i);
      }
    for (int done = 0; done < ranks; done++) {
      int from;
      MPI_Waitany(ranks, receives, &from, MPI_STATUS_IGNORE);
      check_all(round, from, incoming + (size_t)from * LARGE, LARGE, 0);
    }
    MPI_Waitall(count, sends, MPI_STATUSES_IGNORE);
  }
  mpi_guest_end();
}
