# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Sourced by script tests that launch jobs: starts them under a time limit, and checks how they ended and what they
# left behind. Each check that fails is printed with the job's output; the script goes on and fails at its end.

set -euo pipefail

: "${MPIEXEC:=mpirun}" "${MPIEXEC_NUMPROC_FLAG:=-n}"
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
if [[ $EUID -eq 0 ]]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

work=$(mktemp -d)
out=$work/out err=$work/err
failures=0
limit=30  # seconds for one job
job='' tag='' shm_before='' status=0 begin=0

# Ends the script: with 1 where a check failed. Scripts that mount something define at_end.
finish() {
  local code=$?
  if declare -F at_end >/dev/null; then at_end || true; fi
  rm -rf "$work"
  if [[ $code -ne 0 && $code -ne 77 ]]; then echo "FAILED: the script itself stopped with $code"; fi
  if [[ $failures -gt 0 ]]; then
    echo "$failures checks failed"
    code=1
  fi
  exit "$code"
}
trap finish EXIT

skip() {
  echo "skipped: $*"
  exit 77
}

complain() {
  failures=$((failures + 1))
  echo "FAILED: $job"
  echo "  $*"
  for stream in out err; do
    echo "  -- std$stream --"
    head -n 40 "$work/$stream" | cut -c 1-400 | sed 's/^/  | /'
  done
}

prepare() {
  job=$*
  tag=$$-$RANDOM$RANDOM
  shm_before=$(ls -A /dev/shm)
  begin=$EPOCHREALTIME
  : >"$out"
  : >"$err"
}

# run_job COMMAND...: leaves stdout in $out, stderr in $err, the exit code in $status. Every process of the job carries
# FAULT_JOB=$tag in its environment.
run_job() {
  prepare "$@"
  status=0
  FAULT_JOB=$tag timeout -k 5 "$limit" "$@" >"$out" 2>"$err" </dev/null || status=$?
  judge_end
}

# launch RANKS PROGRAM ARGS...; 0 ranks: without mpirun.
launch() {
  local ranks=$1
  shift
  if [[ $ranks -eq 0 ]]; then
    run_job "$@"
  else
    run_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" "$ranks" "$@"
  fi
}

# start_job COMMAND...: in the background; $job_pid is the command's own, not that of its time limit.
# A shell without job control has its background commands ignore SIGINT: env undoes that.
start_job() {
  prepare "$@"
  rm -f "$work/pid"
  # shellcheck disable=SC2016
  FAULT_JOB=$tag env --default-signal=INT timeout -k 5 "$limit" \
    bash -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"' "$work/pid" "$@" >"$out" 2>"$err" </dev/null &
  limiter=$!
  wait_for 10 test -e "$work/pid" || complain "did not start"
  # shellcheck disable=SC2034
  job_pid=$(<"$work/pid")
}

# end_job: waits for the job that start_job started.
end_job() {
  status=0
  wait "$limiter" || status=$?
  judge_end
}

judge_end() {
  if [[ $(seconds_since_begin) -ge $limit ]]; then complain "did not end within $limit s"; fi
}

seconds_since_begin() { awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print int(b - a) }'; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS > until)); then return 1; fi
    sleep 0.05
  done
}

expect_status() { [[ $status -eq $1 ]] || complain "exit code $status instead of $1"; }
expect_failure() { [[ $status -ne 0 ]] || complain "exit code 0 instead of another"; }
expect_out() { grep -qE -- "$1" "$out" || complain "stdout has no line that matches: $1"; }
expect_err() { grep -qE -- "$1" "$err" || complain "stderr has no line that matches: $1"; }
reject_err() { ! grep -qE -- "$1" "$err" || complain "stderr has a line that matches: $1"; }

# expect_lines COUNT out|err REGEX
expect_lines() {
  local found
  found=$(grep -cE -- "$3" "$work/$2" || true)
  [[ $found -eq $1 ]] || complain "std$2 has $found lines instead of $1 that match: $3"
}

# expect_within SECONDS: since the job began.
expect_within() {
  local took
  took=$(seconds_since_begin)
  [[ $took -lt $1 ]] || complain "took $took s instead of at most $1"
}

# The processes of the last job that still live.
job_processes() {
  # A process that ends meanwhile is an error to grep, and none to us.
  { grep -lsz -- "^FAULT_JOB=$tag\$" /proc/[0-9]*/environ || true; } | sed 's|/proc/\([0-9]*\)/environ|\1|'
}

# New files in /dev/shm that no process has mapped. Those of other jobs that run meanwhile are mapped.
abandoned_files() {
  local file
  comm -13 <(sort <<<"$shm_before") <(find /dev/shm -mindepth 1 -maxdepth 1 -printf '%f\n' | sort) |
    while IFS= read -r file; do
      grep -qsF -- "/dev/shm/$file" /proc/[0-9]*/maps 2>/dev/null || echo "$file"
    done
}

nothing_left() { [[ -z $(job_processes) && -z $(abandoned_files) ]]; }

# No process of the job and no file of it in /dev/shm is left. Ends what is, so that the next job runs alone.
expect_clean() {
  local processes process
  if wait_for 5 nothing_left; then return; fi
  processes=$(job_processes)
  for process in $processes; do
    complain "process $process is left: $(tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null || true)"
    kill -KILL "$process" 2>/dev/null || true
  done
  [[ -z $(abandoned_files) ]] || complain "left in /dev/shm: $(abandoned_files | tr '\n' ' ')"
}
