#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# jobs_test.sh: the checks of jobs.sh see what they are there for.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"

wrong=0

# sees COUNT CHECK...: that many complaints, no more and no fewer.
sees() {
  local expected=$1
  shift
  failures=0
  "$@" >"$work/said"
  if [[ $failures -ne $expected ]]; then
    echo "$* complained $failures times instead of $expected:"
    cat "$work/said"
    wrong=$((wrong + 1))
  fi
  failures=0
}

run_job bash -c 'echo word; echo "a line" >&2; exit 3'
sees 0 expect_status 3
sees 1 expect_status 0
sees 0 expect_failure
sees 0 expect_out '^word$'
sees 1 expect_out '^words$'
sees 0 expect_err line
sees 1 expect_err word
sees 1 reject_err line
sees 0 reject_err word
sees 0 expect_lines 1 out word
sees 1 expect_lines 2 out word
sees 0 expect_within 20
sees 1 expect_within 0
sees 0 expect_clean

run_job true
sees 1 expect_failure

# A process that outlived its job is named and ended.
run_job bash -c 'setsid sleep 600 >/dev/null 2>&1 & exit 0'
sees 1 expect_clean
sees 0 expect_clean

# A file that nobody has mapped.
file=/dev/shm/jobs_test.$$
at_end() { rm -f "$file"; }
run_job touch "$file"
sees 1 expect_clean
rm "$file"
sees 0 expect_clean

# A job that does not end by itself.
limit=1
sees 1 run_job sleep 600
start_job sleep 600
sees 1 end_job
sees 0 expect_clean

[[ $wrong -eq 0 ]]
