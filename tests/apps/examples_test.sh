#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# examples_test.sh COUNTER_WITH_LOCK EVENT_AND_BARRIER: what the examples print is what their comments say.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"

expect_output() {
  [[ $(<"$out") == "$1" ]] || complain "it printed: $(<"$out")"
}

for ranks in 0 1 2 4; do
  launch "$ranks" "$1"
  expect_status 0
  reject_err .
  expect_output $'with a lock: 8000\nin one step: 8000'
  expect_clean

  launch "$ranks" "$2"
  expect_status 0
  reject_err .
  expect_output $'before the start: 0 times 100 m\nafter the race: 18 times 100 m\nlaps: [1, 2, 3]'
  expect_clean
done
