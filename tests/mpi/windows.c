/*
 * One-sided communication by fences, by locks and by atomic counting, and memory that the ranks of a host share. Each
 * rank writes into the next one's window and checks what it finds in its own.
 */
#include "mpi_guest.h"

#include <string.h>

enum { COUNT = 5000 };

int main(int argc, char **argv) {
  uint32_t *window, *shared, values[COUNT], got[COUNT];
  MPI_Win win, shared_win;
  MPI_Comm host;
  uint64_t *counter;
  MPI_Win counter_win;
  mpi_guest_start(&argc, &argv, 0);
  int next = (rank + 1) % ranks, previous = (rank + ranks - 1) % ranks, host_rank, host_ranks;
  MPI_Win_allocate(COUNT * 4, 4, MPI_INFO_NULL, MPI_COMM_WORLD, &window, &win);
  MPI_Win_allocate(rank == 0 ? 8 : 0, 8, MPI_INFO_NULL, MPI_COMM_WORLD, &counter, &counter_win);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host);
  MPI_Comm_rank(host, &host_rank);
  MPI_Comm_size(host, &host_ranks);
  MPI_Win_allocate_shared(COUNT * 4, 4, MPI_INFO_NULL, host, &shared, &shared_win);
  if (rank == 0) *counter = 0;
  MPI_Barrier(MPI_COMM_WORLD);
  for (uint64_t round = 0; mpi_guest_goes_on(round); round++) {
    for (int i = 0; i < COUNT; i++) values[i] = mpi_guest_value(round, rank, i);
    MPI_Win_fence(0, win);
    MPI_Put(values, COUNT, MPI_UINT32_T, next, 0, COUNT, MPI_UINT32_T, win);
    MPI_Win_fence(0, win);
    for (int i = 0; i < COUNT; i++)
      mpi_guest_check(window[i] == mpi_guest_value(round, previous, i), "MPI_Put", round);
    MPI_Barrier(MPI_COMM_WORLD);

    MPI_Win_lock(MPI_LOCK_SHARED, next, 0, win);
    MPI_Get(got, COUNT, MPI_UINT32_T, next, 0, COUNT, MPI_UINT32_T, win);
    MPI_Win_unlock(next, win);
    mpi_guest_check(!memcmp(got, values, sizeof got), "MPI_Get", round);

    uint64_t one = 1, before, now;
    MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, counter_win);
    MPI_Fetch_and_op(&one, &before, MPI_UINT64_T, 0, 0, MPI_SUM, counter_win);
    MPI_Win_unlock(0, counter_win);
    mpi_guest_check(before / (uint64_t)ranks == round, "MPI_Fetch_and_op", round);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, counter_win);
    MPI_Fetch_and_op(&one, &now, MPI_UINT64_T, 0, 0, MPI_NO_OP, counter_win);
    MPI_Win_unlock(0, counter_win);
    mpi_guest_check(now == (round + 1) * (uint64_t)ranks, "the counter", round);

    MPI_Win_lock_all(0, shared_win);
    memcpy(shared, values, sizeof values);
    MPI_Win_sync(shared_win);
    MPI_Barrier(host);
    MPI_Win_sync(shared_win);
    MPI_Aint size;
    int unit;
    uint32_t *theirs;
    MPI_Win_shared_query(shared_win, (host_rank + 1) % host_ranks, &size, &unit, &theirs);
    int world, there = (host_rank + 1) % host_ranks;
    MPI_Group all, here;
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Comm_group(host, &here);
    MPI_Group_translate_ranks(here, 1, &there, all, &world);
    MPI_Group_free(&all);
    MPI_Group_free(&here);
    for (int i = 0; i < COUNT; i++)
      mpi_guest_check(theirs[i] == mpi_guest_value(round, world, i), "shared memory", round);
    MPI_Win_unlock_all(shared_win);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_Win_free(&shared_win);
  MPI_Win_free(&counter_win);
  MPI_Win_free(&win);
  mpi_guest_end();
}
