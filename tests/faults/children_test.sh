#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# children_test.sh CHILDREN FAULT: jobs with Processes in children: what they write, how they end, what is left.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
children=$1 fault=$2

for ranks in 0 3; do
  launch "$ranks" "$children" writes
  expect_status 0
  expect_lines 1 out '^before$'
  expect_lines 1 out '^before, too$'
  expect_lines 4 out '^by cout$'
  expect_lines 4 out '^by printf$'
  reject_err .
  expect_clean

  launch "$ranks" "$children" crashes
  expect_status 1
  expect_out '^went on$'
  expect_err "^cohort: rank [0-9]+: Process 'it' was ended by signal 11 \(Segmentation fault\)$"
  reject_err 'stack|backtrace|Signal code'
  expect_clean

  launch "$ranks" "$children" crashes_and_is_seen
  expect_status 0
  expect_out '^ended with -11$'
  expect_clean

  launch "$ranks" "$children" crashes_and_is_seen ignore
  expect_status 0
  expect_out '^ended with -11$'
  expect_clean

  launch "$ranks" "$children" own_children
  expect_status 0
  expect_out '^waited for 1$'
  expect_clean

  launch "$ranks" "$children" is_killed
  expect_status 0
  reject_err .
  expect_clean

  for _ in 1 2 3; do
    launch "$ranks" "$children" daemons
    expect_status 0
    expect_out '^the end$'
    expect_lines 1 err '.'
    expect_err "failed: std::runtime_error: a daemon's$"
    expect_clean
  done
  launch "$ranks" "$children" daemons_and_an_exception
  expect_status 1
  expect_err "std::runtime_error: the body's$"
  expect_clean

  launch "$ranks" "$children" hangs
  expect_status 70
  expect_err 'nothing can go on any more'
  expect_err "rank [0-9], it waits in get\(\) on cohort::Queue<int> #1: nobody is left to put\(\) or close\(\)$"
  expect_within 15
  expect_clean
done

# The whole run, as the environment says.
for ranks in 0 2; do
  COHORT_ISOLATION=child launch "$ranks" "$children" where
  expect_status 0
  expect_out '^elsewhere$'
  COHORT_ISOLATION=child launch "$ranks" "$fault" all_is_well 16
  expect_status 0
  expect_out '^all is well$'
  reject_err .
  expect_clean
done
COHORT_ISOLATION=child COHORT_WINDOW=rma launch 2 "$fault" all_is_well 4
expect_failure
expect_lines 1 err 'COHORT_ISOLATION=child \(Options::isolation\) needs the shared window'
expect_clean

says_running() { grep -q '^running$' "$out"; }
# The first process of the job with this name whose parent is that of rank $2, or with this name alone.
process_named() {
  local process
  for process in $(job_processes); do
    if grep -qsx "Name:[[:space:]]*$1" "/proc/$process/status"; then
      echo "$process"
      return
    fi
  done
}
rank_process() {
  local process
  for process in $(job_processes); do
    if grep -qs "^PPid:[[:space:]]*$job_pid\$" "/proc/$process/status" &&
      grep -qsz "^OMPI_COMM_WORLD_RANK=$1\$" "/proc/$process/environ"; then
      echo "$process"
      return
    fi
  done
}
start_sleepers() {
  start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 3 "$children" sleeps
  if ! wait_for 15 says_running; then complain "the children do not run"; fi
}

# Whatever ends the job, no child outlives it.
for signal in TERM INT; do
  start_sleepers
  kill -"$signal" "$job_pid"
  end_job
  expect_failure
  expect_within 25
  expect_clean
done
no_process_left() { [[ -z $(job_processes) ]]; }
start_sleepers
kill -KILL "$job_pid"
end_job
wait_for 10 no_process_left || complain "processes are left: $(job_processes)"
# (Open MPI's own files stay, as without children: mpirun would have removed them.)
for file in $(abandoned_files); do
  if [[ $file == vader_segment.* ]]; then rm -f "/dev/shm/$file"; fi
done
expect_clean
start_sleepers
kill -KILL "$(rank_process 1)"
end_job
expect_failure
expect_err 'rank 1 .*exited on signal 9'
expect_clean

# The process that forks them is one nobody is to kill; if somebody does, the job says so, and ends.
start_sleepers
kill -KILL "$(process_named cohort-forks)"
end_job
expect_failure
expect_err 'the process that forks children for this rank is gone, and with it all of them; the job ends'
expect_within 25
expect_clean
