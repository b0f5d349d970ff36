#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# output_test.sh PROGRAM LINE...: the program prints these lines and nothing else.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
program=$1
shift
expected=$(printf '%s\n' "$@")

for ranks in 0 1 2 4; do
  launch "$ranks" "$program"
  expect_status 0
  reject_err .
  [[ $(<"$out") == "$expected" ]] || complain "it printed $(<"$out") instead of $expected"
  expect_clean
done
