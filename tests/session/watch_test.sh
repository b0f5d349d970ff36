#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# watch_test.sh BODIES: the trace, the log and the list of leaks, as a user asks for them.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
bodies=$1
trace=$work/trace.json

# check_trace RANKS: it is JSON; every Process is there once, on a rank that exists, with its times and code.
check_trace() {
  python3 -m json.tool "$trace" >"$work/json" 2>&1 || complain "not JSON: $(head -n 3 "$work/json")"
  python3 - "$trace" "$1" >"$work/json" 2>&1 <<'PYTHON' || complain "the trace is wrong: $(tail -n 1 "$work/json")"
import json
import sys

ranks = int(sys.argv[2])
events = json.load(open(sys.argv[1], encoding="utf-8"))["traceEvents"]
processes = {e["name"]: e for e in events if e["ph"] == "X"}
expected = {f"traced {i}" for i in range(30)} | {'a "quoted"\tname\\ with\nall, ä', "one that exits", "outer", "inner"}
assert len([e for e in events if e["ph"] == "X"]) == len(expected), "not every Process once"
assert set(processes) == expected, set(processes) ^ expected
assert all(0 <= e["tid"] < ranks and e["dur"] >= 0 and e["ts"] > 0 for e in processes.values())
assert {e["tid"] for e in events if e["ph"] == "M"} == set(range(ranks)), "not every rank has a line"
assert processes["one that exits"]["args"]["exitcode"] == 5
assert processes["outer"]["args"]["exitcode"] == 0
inner, outer = processes["inner"], processes["outer"]
assert outer["ts"] <= inner["ts"] and inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"] + 0.002
PYTHON
}

for ranks in 0 1 2 3; do
  rm -f "$trace"
  COHORT_TRACE=$trace launch "$ranks" "$bodies" traced
  expect_status 0
  reject_err '^cohort:'
  check_trace $((ranks > 0 ? ranks : 1))
  expect_clean
done

# Nobody ran anything; a place that cannot be written to.
COHORT_TRACE=$trace launch 2 "$bodies" untraced
expect_status 0
python3 -m json.tool "$trace" >/dev/null || complain "an empty trace is not JSON"
COHORT_TRACE=$work/none/trace.json launch 2 "$bodies" untraced
expect_lines 1 err "$work/none/trace.json"

# Each Process begins and ends once in the log; not so without debug.
for ranks in 1 3; do
  COHORT_LOG=debug launch "$ranks" "$bodies" traced
  expect_status 0
  expect_lines 30 err "^cohort: rank [0-9]+: Process 'traced [0-9]+' begins\$"
  expect_lines 30 err "^cohort: rank [0-9]+: Process 'traced [0-9]+' ends with 0\$"
  expect_lines 1 err "Process 'one that exits' ends with 5\$"
  expect_lines 1 err '^cohort: rank 0: .*ranks.*cores.*heap'
done
COHORT_LOG=info launch 3 "$bodies" traced
expect_lines 1 err '^cohort: rank 0: 3 ranks, .*heap .*window'
expect_lines 0 err 'begins|ends with'
launch 3 "$bodies" traced
reject_err .

# What is held to the end is listed, each thing once.
for ranks in 0 1 3; do
  COHORT_LEAKS=on launch "$ranks" "$bodies" leaks
  expect_status 0
  expect_lines 1 err 'left at the end: .*List<int>.* of 3 elements.*made outside of a Process.*held 1 time'
  expect_lines 1 err 'left at the end: .*Value<double>'
  expect_lines 1 err "left at the end: .*Process 'kept process'"
  expect_lines 1 err 'left at the end: .*List<std::.*string'
  expect_lines 1 err "left at the end: .*'a name'"
  expect_lines 1 err 'left at the end: .*Namespace'  # which holds itself
  expect_lines 5 err 'left at the end'
  launch "$ranks" "$bodies" leaks
  reject_err 'left at the end'

  COHORT_LEAKS=on launch "$ranks" "$bodies" no_leaks
  expect_status 0
  expect_out '^2 failed$'
  reject_err 'left at the end'
  expect_clean
done
