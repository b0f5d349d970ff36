#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# exceptions_test.sh FAULT SPMD: an exception on one rank while the others are busy or wait.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1 spmd=$2

for ranks in 1 2 3; do
  launch "$ranks" "$fault" body_throws cooperative "$ranks"
  expect_status 1
  expect_lines 1 err boom
  expect_err 'rank 0.*std::runtime_error.*boom'
  expect_lines "$ranks" err '^stopped$'
  expect_within 20
  expect_clean

  launch "$ranks" "$fault" body_throws deaf "$ranks"
  expect_status 1
  expect_lines 1 err boom
  expect_err 'rank 0.*std::runtime_error.*boom'
  expect_within 20
  expect_clean
done

for thrower in 0 1 2; do
  launch 3 "$spmd" escapes "$thrower"
  expect_failure
  expect_err boom
  expect_lines 0 out joined
  expect_within 20
  expect_clean

  launch 3 "$spmd" unwinds "$thrower"
  expect_failure
  expect_err "cohort: .*rank $thrower"
  expect_lines 0 out joined
  expect_within 20
  expect_clean
done
