/*
 * Collective operations of all kinds, blocking and with several in flight at once, over the whole job and over halves of
 * it; everybody knows what must come out. Sizes change between the small and the large algorithms.
 */
#include "mpi_guest.h"

#include <stdlib.h>

enum { LARGEST = 20000 };

static uint64_t round_;
static uint32_t *in, *out;

static uint32_t value(int from, int i) { return mpi_guest_value(round_, from, i) & 0xffff; }

static void fill(int count) {
  for (int i = 0; i < count; i++) in[i] = value(rank, i);
}

static void check(int is_so, const char *what) { mpi_guest_check(is_so, what, round_); }

static void moves(MPI_Comm comm, int count) {
  int root = (int)(round_ % (uint64_t)ranks);
  for (int i = 0; i < count; i++) out[i] = rank == root ? value(root, i) : 0;
  MPI_Bcast(out, count, MPI_UINT32_T, root, comm);
  for (int i = 0; i < count; i++) check(out[i] == value(root, i), "MPI_Bcast");

  fill(count);
  MPI_Gather(in, count, MPI_UINT32_T, out, count, MPI_UINT32_T, root, comm);
  for (int i = 0; rank == root && i < count * ranks; i++) check(out[i] == value(i / count, i % count), "MPI_Gather");

  for (int i = 0; i < count * ranks; i++) in[i] = value(root, i);
  MPI_Scatter(in, count, MPI_UINT32_T, out, count, MPI_UINT32_T, root, comm);
  for (int i = 0; i < count; i++) check(out[i] == value(root, rank * count + i), "MPI_Scatter");

  fill(count);
  MPI_Allgather(in, count, MPI_UINT32_T, out, count, MPI_UINT32_T, comm);
  for (int i = 0; i < count * ranks; i++) check(out[i] == value(i / count, i % count), "MPI_Allgather");

  for (int i = 0; i < count * ranks; i++) in[i] = value(rank, i);
  MPI_Alltoall(in, count, MPI_UINT32_T, out, count, MPI_UINT32_T, comm);
  for (int i = 0; i < count * ranks; i++) check(out[i] == value(i / count, rank * count + i % count), "MPI_Alltoall");
}

static void reductions(MPI_Comm comm, int count) {
  int root = (int)(round_ % (uint64_t)ranks);
  fill(count);
  MPI_Allreduce(in, out, count, MPI_UINT32_T, MPI_SUM, comm);
  for (int i = 0; i < count; i++) {
    uint32_t sum = 0;
    for (int r = 0; r < ranks; r++) sum += value(r, i);
    check(out[i] == sum, "MPI_Allreduce");
  }
  MPI_Reduce(in, out, count, MPI_UINT32_T, MPI_MAX, root, comm);
  for (int i = 0; rank == root && i < count; i++) {
    uint32_t most = 0;
    for (int r = 0; r < ranks; r++) most = value(r, i) > most ? value(r, i) : most;
    check(out[i] == most, "MPI_Reduce");
  }
  MPI_Scan(in, out, count, MPI_UINT32_T, MPI_BXOR, comm);
  for (int i = 0; i < count; i++) {
    uint32_t all = 0;
    for (int r = 0; r <= rank; r++) all ^= value(r, i);
    check(out[i] == all, "MPI_Scan");
  }
}

/* Several at once, waited for in the other order. */
static void in_flight(MPI_Comm comm, int count) {
  MPI_Request requests[4];
  uint32_t *a = malloc((size_t)count * 4), *b = malloc((size_t)count * 4), *c = malloc((size_t)(count * ranks) * 4);
  int root = (int)((round_ + 1) % (uint64_t)ranks);
  fill(count);
  for (int i = 0; i < count; i++) a[i] = rank == root ? value(root, i) : 0;
  MPI_Ibcast(a, count, MPI_UINT32_T, root, comm, &requests[0]);
  MPI_Iallreduce(in, b, count, MPI_UINT32_T, MPI_BXOR, comm, &requests[1]);
  MPI_Iallgather(in, count, MPI_UINT32_T, c, count, MPI_UINT32_T, comm, &requests[2]);
  MPI_Ibarrier(comm, &requests[3]);
  for (int i = 3; i >= 0; i--) MPI_Wait(&requests[i], MPI_STATUS_IGNORE);
  for (int i = 0; i < count; i++) {
    uint32_t all = 0;
    for (int r = 0; r < ranks; r++) all ^= value(r, i);
    check(a[i] == value(root, i), "MPI_Ibcast");
    check(b[i] == all, "MPI_Iallreduce");
  }
  for (int i = 0; i < count * ranks; i++) check(c[i] == value(i / count, i % count), "MPI_Iallgather");
  free(a);
  free(b);
  free(c);
}

static void in_halves(void) {
  MPI_Comm half;
  int color = (rank + (int)(round_ % 2)) % 2, sum, expected = 0;
  MPI_Comm_split(MPI_COMM_WORLD, color, ranks - rank, &half);
  MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, half);
  for (int r = 0; r < ranks; r++) expected += (r + (int)(round_ % 2)) % 2 == color ? r : 0;
  check(sum == expected, "MPI_Allreduce in a part");
  MPI_Comm_free(&half);
}

int main(int argc, char **argv) {
  static const int sizes[] = {1, 100, LARGEST};
  MPI_Comm copy;
  mpi_guest_start(&argc, &argv, 0);
  in = malloc((size_t)(LARGEST * ranks) * 4);
  out = malloc((size_t)(LARGEST * ranks) * 4);
  MPI_Comm_dup(MPI_COMM_WORLD, &copy);
  for (round_ = 0; mpi_guest_goes_on(round_); round_++) {
    int count = sizes[round_ / 2 % 3];
    moves(copy, count);
    reductions(MPI_COMM_WORLD, count);
    in_flight(copy, count);
    in_halves();
  }
  mpi_guest_end();
}
