#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# mpi_test.sh PROGRAM_MPI: beside the program's own MPI, and after it.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
program=$1

for ranks in 0 1 2 3; do
  each=$((ranks > 0 ? ranks : 1))
  launch "$ranks" "$program" communicator
  expect_status 0
  expect_lines "$each" out '^ring closed$'
  expect_lines 10 out '^sum 3$'
  reject_err .
  expect_clean

  # Some versions of Open MPI need a setting for one-sided calls that comes too late once MPI runs: they say so.
  for osc in '' '^rdma'; do
    if [[ -n $osc ]]; then export OMPI_MCA_osc=$osc; fi
    launch "$ranks" "$program" multiple
    if [[ -z $osc && ${COHORT_WINDOW-} == rma && $status -eq 1 ]]; then
      expect_lines 1 err LaunchError
      expect_err 'LaunchError.*OMPI_MCA_osc'
      expect_lines 0 out sum
    else
      expect_status 0
      expect_lines 1 out '^sum 20$'
      reject_err .
    fi
    expect_lines "$each" out '^MPI goes on$'
    expect_clean
  done
  unset OMPI_MCA_osc

  for level in single serialized; do
    launch "$ranks" "$program" "$level"
    expect_failure
    expect_lines 1 err LaunchError
    expect_err 'LaunchError.*MPI_THREAD_MULTIPLE'
    expect_lines 0 out sum
    expect_within 20
    expect_clean
  done

  launch "$ranks" "$program" caught
  expect_status 0
  expect_lines "$each" out '^caught .*MPI_THREAD_MULTIPLE'
  expect_clean
done
