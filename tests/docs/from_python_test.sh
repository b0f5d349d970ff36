#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# from_python_test.sh PYTHON SOURCES PROGRAMS RANKS...: each SOURCES/NAME.py prints what PROGRAMS/NAME prints on each of
# these numbers of ranks; where one of them writes to stderr, so does the other.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
python=$("$1" -c 'import sys; print(sys.executable)')  # itself, not a script that looks for it each time
sources=$2 programs=$3
shift 3

says() { if [[ -s $1 ]]; then echo something; else echo nothing; fi; }

found=0
for original in "$sources"/*.py; do
  name=$(basename "$original" .py)
  run_job "$python" -B "$original"
  expect_status 0
  expect_out .
  expected=$(<"$out")
  complaint=$(says "$err")
  for ranks in "$@"; do
    launch "$ranks" "$programs/$name"
    expect_status 0
    [[ $(<"$out") == "$expected" ]] || complain "Python printed: $expected"
    [[ $(says "$err") == "$complaint" ]] || complain "Python wrote $complaint to stderr"
    expect_clean
  done
  found=$((found + 1))
done
[[ $found -gt 0 ]] || complain "there are no programs in $sources"
