#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# signals_test.sh FAULT: a job that is told to end while Processes run leaves nothing behind.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
fault=$1

says_running() { grep -q '^running$' "$out"; }

# interrupt SIGNAL: sends it to the job once all Processes run.
interrupt() {
  if ! wait_for 15 says_running; then complain "the Processes do not run"; fi
  kill -"$1" "$job_pid" || complain "ended before it was told to"
  end_job
  expect_failure
  expect_within 25
  expect_clean
}

for signal in TERM INT; do
  for kind in cooperative deaf; do
    for ranks in 1 3; do
      start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" "$ranks" "$fault" runs_for_ever "$kind" "$ranks"
      interrupt "$signal"
    done
  done
  start_job "$fault" runs_for_ever deaf 1
  interrupt "$signal"
done

# One rank is killed: mpirun ends the others, and says which one it was and why.
start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 3 "$fault" runs_for_ever deaf 3
if ! wait_for 15 says_running; then complain "the Processes do not run"; fi
for process in $(job_processes); do
  if grep -qs "^PPid:[[:space:]]*$job_pid\$" "/proc/$process/status" &&
    grep -qsz '^OMPI_COMM_WORLD_RANK=2$' "/proc/$process/environ"; then
    kill -KILL "$process"
  fi
done
end_job
expect_failure
expect_err 'rank 2 .*exited on signal 9'
expect_clean

# So does one that dies of a task, while another waits for the pool.
launch 2 "$fault" task_kills_its_rank
expect_failure
expect_within 25
expect_err 'rank 1 .*exited on signal 9'
expect_clean
