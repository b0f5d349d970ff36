#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# ranks_test.sh FAULT SPMD: any number of ranks, and none of mpirun.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1 spmd=$2

for ranks in 0 1 2 3 4 7 16; do
  launch "$ranks" "$fault" all_is_well 32
  expect_status 0
  expect_lines 1 out '^all is well$'
  reject_err .
  expect_clean

  launch "$ranks" "$spmd" meets
  expect_status 0
  expect_lines $((ranks > 0 ? ranks : 1)) out '^joined$'
  reject_err .
  expect_clean
done
