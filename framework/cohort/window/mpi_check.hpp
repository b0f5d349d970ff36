// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace cohort {

/// Throws MpiError with MPI's own text where `code` is not MPI_SUCCESS.
void check_mpi(int code, const char* routine);

}  // namespace cohort
