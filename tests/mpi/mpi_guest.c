#include "mpi_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int rank, ranks;
static const char *go;

void mpi_guest_start(int *argc, char ***argv, int threads) {
  int provided;
  MPI_Init_thread(argc, argv, threads ? MPI_THREAD_MULTIPLE : MPI_THREAD_SINGLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (*argc < 2 || (threads && provided != MPI_THREAD_MULTIPLE)) {
    if (rank == 0) fprintf(stderr, *argc < 2 ? "usage: mpiexec -n N PROGRAM GO\n" : "no MPI_THREAD_MULTIPLE here\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  go = (*argv)[1];
}

int mpi_guest_goes_on(uint64_t round) {
  int goes_on = rank == 0 && access(go, F_OK) != 0;
  MPI_Bcast(&goes_on, 1, MPI_INT, 0, MPI_COMM_WORLD);
  if (rank == 0 && round == 0) {
    puts("READY");
    fflush(stdout);
  }
  return goes_on;
}

_Noreturn void mpi_guest_end(void) {
  printf("rank %d of %d is content\n", rank, ranks);
  fflush(stdout);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  exit(0);
}

void mpi_guest_check(int is_so, const char *what, uint64_t round) {
  if (is_so) return;
  printf("rank %d, round %llu: %s is wrong\n", rank, (unsigned long long)round, what);
  fflush(stdout);
  MPI_Abort(MPI_COMM_WORLD, 1);
}

uint32_t mpi_guest_value(uint64_t round, int from, int index) {
  uint64_t x = round * 1000003u + (uint64_t)from * 7919u + (uint64_t)index;
  x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(x >> 32);
}
