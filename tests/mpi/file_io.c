/* MPI-IO: all write their stripes of one file together, and read those of the next rank; the file stays open. */
#include "mpi_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 4000, STRIPES = 3 };

int main(int argc, char **argv) {
  uint32_t values[COUNT], got[COUNT];
  char name[4200];
  MPI_File file;
  MPI_Datatype stripes;
  mpi_guest_start(&argc, &argv, 0);
  snprintf(name, sizeof name, "%s.data", argv[1]);
  int next = (rank + 1) % ranks;
  mpi_guest_check(
      !MPI_File_open(MPI_COMM_WORLD, name, MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &file), "MPI_File_open", 0);
  MPI_Type_vector(STRIPES, COUNT / STRIPES, COUNT / STRIPES * ranks, MPI_UINT32_T, &stripes);
  MPI_Type_commit(&stripes);
  int count = COUNT / STRIPES * STRIPES;
  for (uint64_t round = 0; mpi_guest_goes_on(round); round++) {
    for (int i = 0; i < count; i++) values[i] = mpi_guest_value(round, rank, i);
    MPI_File_set_view(file, rank * (COUNT / STRIPES) * 4, MPI_UINT32_T, stripes, "native", MPI_INFO_NULL);
    MPI_File_write_all(file, values, count, MPI_UINT32_T, MPI_STATUS_IGNORE);
    MPI_File_sync(file);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_File_sync(file);
    MPI_File_set_view(file, next * (COUNT / STRIPES) * 4, MPI_UINT32_T, stripes, "native", MPI_INFO_NULL);
    MPI_File_read_at_all(file, 0, got, count, MPI_UINT32_T, MPI_STATUS_IGNORE);
    for (int i = 0; i < count; i++)
      mpi_guest_check(got[i] == mpi_guest_value(round, next, i), "the file", round);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_File_close(&file);
  mpi_guest_end();
}
