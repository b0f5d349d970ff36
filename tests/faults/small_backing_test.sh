#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# small_backing_test.sh FAULT: the folder that the window lies in is small, full, or fills up later.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1

[[ $EUID -eq 0 ]] || skip "mounting a small tmpfs needs root"
small=$work/small
mkdir "$small"
mount -t tmpfs -o size=64m cohort-small "$small" 2>/dev/null || skip "this machine does not let root mount a tmpfs"
at_end() { umount "$small"; }
export OMPI_MCA_osc_sm_backing_directory=$small

left_empty() { [[ -z $(find "$small" -mindepth 1 ! -name other) ]] || complain "left: $(ls -A "$small")"; }

# More than it can hold: refused by all before anything is allocated.
COHORT_HEAP=512M launch 3 "$fault" all_is_well 4
expect_failure
expect_lines 1 err LaunchError
expect_err "LaunchError.*COHORT_HEAP"
expect_err "LaunchError.*($small|free)"
expect_within 20
expect_clean
left_empty

# Without a wish of the user's, the heap is as large as fits.
unset COHORT_HEAP
launch 3 "$fault" all_is_well 4
expect_status 0
expect_clean
left_empty

# Filled up while the job runs: an exception where touching the memory would be a bus error.
launch 2 "$fault" backing_fills "$small"
expect_status 0
expect_out 'COHORT_HEAP|free|full'
expect_out '^all is whole$'
expect_clean
left_empty

# Full from the beginning.
head -c 64M /dev/zero >"$small/other" 2>/dev/null || true
launch 3 "$fault" all_is_well 4
expect_failure
expect_lines 1 err LaunchError
expect_within 20
expect_clean
left_empty
