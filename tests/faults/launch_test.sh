#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# launch_test.sh FAULT OTHER: jobs that cannot start say why, once, and end.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1 other=$2

# refused REGEX...: one message, which matches each.
refused() {
  expect_failure
  expect_lines 1 err LaunchError
  local regex
  for regex in "$@"; do expect_err "LaunchError.*$regex"; done
  expect_lines 0 out well
  reject_err 'Segmentation|Bus error|Signal:|terminate called'
  expect_within 20
  expect_clean
}

n=$MPIEXEC_NUMPROC_FLAG

# Ranks of different programs, and which rank it is.
run_job "$MPIEXEC" "$n" 1 "$fault" all_is_well 4 : "$n" 1 "$other"
refused 'rank 1'
run_job "$MPIEXEC" "$n" 2 "$fault" all_is_well 4 : "$n" 1 "$other"
refused 'rank 2'

# The same program under another name is the same program.
cp "$fault" "$work/copy"
run_job "$MPIEXEC" "$n" 1 "$fault" all_is_well 4 : "$n" 1 "$work/copy" all_is_well 4
expect_status 0
expect_lines 1 out '^all is well$'
expect_clean

# Variables with a wrong value: its name, the value, what it may be.
for ranks in 0 1 3; do
  COHORT_WINDOW=banana launch "$ranks" "$fault" all_is_well 4
  refused COHORT_WINDOW banana shared rma
  COHORT_HEAP=banana launch "$ranks" "$fault" all_is_well 4
  refused COHORT_HEAP banana 'K.*M.*G'
done
for value in -1 0 1 12Q 1.5.2M 99999999999999999999; do
  COHORT_HEAP=$value launch 2 "$fault" all_is_well 4
  refused COHORT_HEAP "$value"
done
COHORT_LOG=banana launch 3 "$fault" all_is_well 4
refused COHORT_LOG banana 'error.*info.*debug'
COHORT_ISOLATION=banana launch 3 "$fault" all_is_well 4
refused COHORT_ISOLATION banana rank child

# More than any machine has.
for ranks in 0 1 3; do
  COHORT_HEAP=1000000G launch "$ranks" "$fault" all_is_well 4
  refused COHORT_HEAP
done
