#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# resources_test.sh RESOURCES: jobs whose start, or whose file, the system refuses something of.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
program=$1
EINTR=4 EIO=5 EAGAIN=11 ENOMEM=12 EMFILE=24

# with CALL WHICH ERRNO RANKS ARGS...: that call of rank 0 fails.
with() {
  local call=$1 which=$2 error=$3 ranks=$4
  shift 4
  export COHORT_TEST_FAILURE=$call:$which:$error
  launch "$ranks" "$program" "$@"
  job="$COHORT_TEST_FAILURE $job"
  expect_clean
}
all_is_well() {
  expect_status 0
  expect_out '^all is well$'
}

for ranks in 1 2; do
  # Without a fork server there are no children, and all else works.
  for call in socketpair:$EMFILE fork:$EAGAIN signalfd:$EMFILE; do
    with "${call%:*}" 1 "${call#*:}" 1 all
    all_is_well
    expect_out '^a child ends with 1 no child for it: '
    expect_err "^cohort: rank 0: Process 'Process-6' failed: std::system_error: no child for it: "
  done

  # Signals keep their usual meaning, or nobody looks for hangs.
  with eventfd 1 $EMFILE $ranks all
  all_is_well
  expect_err 'no eventfd for signals'
  with thread 1 $EAGAIN $ranks all
  all_is_well
  expect_err 'no thread for signals and hang reports'

  # Reads are slower then.
  with membarrier 1 $EINTR $ranks all
  all_is_well
  reject_err .

  for which in 1 2 3; do
    with populate "$which" $ENOMEM $ranks all
    if [[ $status -ne 0 ]]; then
      expect_err '(no memory for the window|OutOfSharedMemory|has no memory for another)'
      expect_lines 1 err 'cohort: '
    fi
  done
done

# A lone rank maps its window itself.
with mmap 1 $ENOMEM 1 all
expect_failure
expect_err 'LaunchError: .*cannot map .*COHORT_HEAP'

# No thread for what a rank is to run while its main waits, for a moment.
with thread 2 $EAGAIN 1 all
all_is_well
reject_err .
# And for ever, where no other rank could run it: that is told, and the job ends.
with thread 2+ $EAGAIN 1 all
expect_status 70
expect_err 'no thread for other Processes while one waits'
expect_err 'nothing can go on any more'

unset COHORT_TEST_FAILURE
file=$work/state
launch 2 "$program" save "$file"
expect_status 0
for which in 1 2 3; do
  with read "$which" $EIO 2 load "$file"
  expect_status 0
  expect_out '^\[1, 2, 3\]$'
  if [[ $which -lt 3 ]]; then expect_out "^refused: cannot read '$file': Input/output error$"; fi
  with read "$which" $EINTR 2 load "$file"
  expect_status 0
  expect_lines 1 out '^\[1, 2, 3\]$'
done
with open 2 $EMFILE 2 load "$file"
expect_status 0
expect_out "^refused: cannot read '$file': Too many open files$"
expect_out '^\[1, 2, 3\]$'
