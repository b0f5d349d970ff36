// SPDX-License-Identifier: BSL-1.0
// Peer of row 12: an MPI program that does nothing.

#include <mpi.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  MPI_Finalize();
  return 0;
}
