/*
 * A token goes round the ranks, by another kind of point-to-point communication in each round: standard, synchronous,
 * buffered, ready and persistent sends, of sizes below and above the eager limit, with probing, wildcards and a derived
 * datatype. A token that comes twice, out of order or damaged is found out by its number and contents.
 */
#include "mpi_guest.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = 8, LARGEST = 300000, TAG = 11 };

static uint32_t *token, *expected;

static int size_of(uint64_t round) {
  static const int sizes[] = {1, 17, 1000, 20000, LARGEST};
  return sizes[round / KINDS % (sizeof sizes / sizeof *sizes)];
}

static void fill(uint32_t *to, uint64_t round, int from, int count) {
  for (int i = 0; i < count; i++) to[i] = mpi_guest_value(round, from, i);
}

static void send_token(uint64_t round, int to, int count) {
  fill(token, round, rank, count);
  switch (round % KINDS) {
  case 0:
  case 4:
  case 6:
    MPI_Send(token, count, MPI_UINT32_T, to, TAG, MPI_COMM_WORLD);
    break;
  case 1:
    MPI_Ssend(token, count, MPI_UINT32_T, to, TAG, MPI_COMM_WORLD);
    break;
  case 2: {
    int bytes = count * 4 + MPI_BSEND_OVERHEAD;
    void *buffer = malloc((size_t)bytes);
    MPI_Buffer_attach(buffer, bytes);
    MPI_Bsend(token, count, MPI_UINT32_T, to, TAG, MPI_COMM_WORLD);
    MPI_Buffer_detach(&buffer, &bytes);
    free(buffer);
    break;
  }
  case 3: { /* ready: the receiver says when it has posted */
    MPI_Recv(NULL, 0, MPI_INT, to, TAG + 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Rsend(token, count, MPI_UINT32_T, to, TAG, MPI_COMM_WORLD);
    break;
  }
  case 5: {
    MPI_Request request;
    MPI_Send_init(token, count, MPI_UINT32_T, to, TAG, MPI_COMM_WORLD, &request);
    MPI_Start(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Request_free(&request);
    break;
  }
  default: { /* every second element of a stretched copy */
    MPI_Datatype spaced;
    uint32_t *wide = calloc((size_t)LARGEST, 8);
    for (int i = 0; i < count; i++) wide[2 * i] = token[i];
    MPI_Type_vector(count, 1, 2, MPI_UINT32_T, &spaced);
    MPI_Type_commit(&spaced);
    MPI_Send(wide, 1, spaced, to, TAG, MPI_COMM_WORLD);
    MPI_Type_free(&spaced);
    free(wide);
  }
  }
}

static void receive_token(uint64_t round, int from, int count) {
  MPI_Status status;
  int arrived = -1;
  memset(token, 0xee, (size_t)count * 4);
  switch (round % KINDS) {
  case 3: {
    MPI_Request request;
    MPI_Irecv(token, count, MPI_UINT32_T, from, TAG, MPI_COMM_WORLD, &request);
    MPI_Send(NULL, 0, MPI_INT, from, TAG + 1, MPI_COMM_WORLD);
    MPI_Wait(&request, &status);
    break;
  }
  case 4:
    MPI_Probe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &status);
    MPI_Recv(token, count, MPI_UINT32_T, status.MPI_SOURCE, TAG, MPI_COMM_WORLD, &status);
    break;
  case 6: {
    MPI_Message message;
    MPI_Mprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &message, &status);
    MPI_Mrecv(token, count, MPI_UINT32_T, &message, &status);
    break;
  }
  default:
    MPI_Recv(token, count, MPI_UINT32_T, MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &status);
  }
  MPI_Get_count(&status, MPI_UINT32_T, &arrived);
  mpi_guest_check(status.MPI_SOURCE == from && arrived == count, "the envelope", round);
  fill(expected, round, from, count);
  mpi_guest_check(!memcmp(token, expected, (size_t)count * 4), "the token", round);
}

int main(int argc, char **argv) {
  mpi_guest_start(&argc, &argv, 0);
  token = malloc(LARGEST * 4);
  expected = malloc(LARGEST * 4);
  int next = (rank + 1) % ranks, previous = (rank + ranks - 1) % ranks;
  for (uint64_t round = 0; mpi_guest_goes_on(round); round++) {
    int count = size_of(round);
    if (rank == 0) send_token(round, next, count);
    receive_token(round, previous, count);
    if (rank != 0) send_token(round, next, count);
  }
  mpi_guest_end();
}
