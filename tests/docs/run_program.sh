#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# run_program.sh PROGRAM: a document's program runs, with any number of ranks.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"

for ranks in 0 1 4; do
  launch "$ranks" "$1"
  expect_status 0
  expect_out .
  expect_clean
done
