#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# exit_codes_test.sh FAULT: what mpirun reports, and what is said about it.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1

# body's own code; outside 0 to 255 it would be cut to its low byte, and 256 would pass for success.
for pair in 0:0 3:3 255:255 256:1 -1:1; do
  launch 2 "$fault" body_returns "${pair%:*}"
  expect_status "${pair#*:}"
  expect_clean
done
launch 0 "$fault" body_returns 3
expect_status 3
expect_clean

# A Process failed.
for ranks in 1 3; do
  launch "$ranks" "$fault" process_fails nobody
  expect_status 1
  expect_err 'std::runtime_error.*boom'
  expect_clean

  launch "$ranks" "$fault" process_fails exitcode
  expect_status 0
  expect_out '^exitcode 1$'
  expect_clean

  launch "$ranks" "$fault" process_fails exception
  expect_status 0
  expect_out '^std::runtime_error says boom$'
  expect_clean

  launch "$ranks" "$fault" process_fails join_all
  expect_status 0
  expect_out '^ProcessError of 1: .*std::runtime_error: boom'
  expect_clean

  launch "$ranks" "$fault" process_exits 5 seen
  expect_status 0
  expect_out '^exitcode 5$'
  expect_clean

  launch "$ranks" "$fault" process_exits 5 unseen
  expect_status 1
  expect_clean

  launch "$ranks" "$fault" process_exits 0 unseen
  expect_status 0
  expect_clean
done

# std::exit would take the whole rank away under its other Processes: never silently, and never with success.
for ranks in 0 1 3; do
  for code in 0 7; do
    launch "$ranks" "$fault" process_leaves_for_good "$code"
    expect_failure
    expect_err 'exit'
    expect_lines 0 out survived
    expect_clean
  done
done

# So it is with all that ends a rank: somebody says which one it was, and why.
for ranks in 1 3; do
  launch "$ranks" "$fault" process_breaks terminate
  expect_failure
  expect_err '^cohort: rank [0-9]: std::terminate was called; the job ends$'
  expect_clean

  launch "$ranks" "$fault" process_breaks mpi_abort
  expect_status 9  # (mpirun says who, but sometimes fails to)
  expect_clean

  launch "$ranks" "$fault" process_breaks segfault
  expect_failure
  expect_err 'rank [0-9].*exited on signal 11'
  expect_clean
done
