#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# heap_full_test.sh FAULT: the message, and that nothing is damaged or lost.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1
export COHORT_HEAP=32M

for ranks in 1 2; do
  launch "$ranks" "$fault" heap_fills
  expect_status 0
  expect_lines 2 out 'rank 0.*asked [0-9]+.*[0-9]+.* free.*COHORT_HEAP'
  expect_out '^all is whole$'
  expect_clean

  launch "$ranks" "$fault" extend_fails
  expect_status 0
  expect_out '^nothing is lost$'
  expect_clean

  launch "$ranks" "$fault" process_fills_heap
  expect_status 0
  expect_out '^cohort::OutOfSharedMemory$'
  expect_out '^all is well$'
  expect_clean
done
