/* What the MPI programs share: they work in rounds until a file appears, and every rank checks what it receives. */
#ifndef MPI_GUEST_H
#define MPI_GUEST_H

#include <mpi.h>
#include <stdint.h>

/* Initialises MPI with MPI_THREAD_MULTIPLE if `threads`; the file that ends the program is its only argument. */
void mpi_guest_start(int *argc, char ***argv, int threads);

/* All ranks agree, in every round, whether the file is there. Rank 0 prints one line when the first round is over. */
int mpi_guest_goes_on(uint64_t round);

/* Rank 0 prints the verdict; ends MPI. Does not return. */
_Noreturn void mpi_guest_end(void);

/* Ends the whole job with a message when it is not so. */
void mpi_guest_check(int is_so, const char *what, uint64_t round);

/* The same on all ranks, and hard to get by chance. */
uint32_t mpi_guest_value(uint64_t round, int rank, int index);

extern int rank, ranks;

#endif
