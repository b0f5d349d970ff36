#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# report_test.sh PROGRAM: the report at the end of a run. Times are never shorter than what was worked or waited, and may
# be longer on a busy machine.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
program=$1

# check_report CASE RANKS
check_report() {
  python3 - "$err" "$@" >"$work/why" 2>&1 <<'PYTHON' || complain "the report is wrong: $(tail -n 1 "$work/why")"
import re
import sys

case, ranks = sys.argv[2], int(sys.argv[3])
lines = [line for line in open(sys.argv[1], encoding="utf-8").read().splitlines() if "failed" not in line]
head = re.fullmatch(r"cohort: report of (\d+) ranks?, ([\d.]+) s", lines[0])
assert head, lines[0]
assert int(head[1]) == ranks == len(lines) - 2, "not one line for each rank"
wall = float(head[2])
assert lines[1].split() == ["rank", "tasks", "busy", "main", "waiting", "for", "what"], lines[1]

tasks, busy, main, waits = [], [], [], []
for rank, line in enumerate(lines[2:]):
    found = re.fullmatch(r" *(\d+) +(\d+) +([\d.]+) % +([\d.]+) % +([\d.]+) %(?:  (\S.*))?", line)
    assert found and int(found[1]) == rank, line
    shares = [float(found[i]) for i in (3, 4, 5)]
    assert abs(sum(shares) - 100) < 0.31, line
    reasons = {}
    for part in (found[6] or "").split(", ") if found[6] else ():
        name, share = re.fullmatch(r"([a-z ]+) ([\d.]+) %", part).groups()
        reasons[name] = float(share) / 100 * wall
    assert list(reasons.values()) == sorted(reasons.values(), reverse=True), line
    assert abs(sum(reasons.values()) / wall * 100 - shares[2]) < 1, line
    tasks.append(int(found[2]))
    busy.append(shares[0] / 100 * wall)
    main.append(shares[1] / 100 * wall)
    waits.append(reasons)

margin = 0.95  # for what is rounded
if case == "tasks":
    assert sum(tasks) == 12 + 100 + 40 + 30 + 1 + 2, tasks
    assert sum(busy) >= margin * 0.004 * sum(tasks), busy
elif case == "waits":
    assert sum(tasks) == 1, tasks
    for name in ("queue get", "event", "semaphore", "blocking"):
        # The time until the thread sleeps does not count: on a busy machine that may be most of it.
        assert waits[0].get(name, 0) >= 0.01, (name, waits[0])
    assert main[0] >= margin * 0.3, main
    assert sum(busy) >= margin * 0.3, busy
    assert ranks == 1 or waits[0].get("join", 0) >= 0.1, waits[0]
    assert all(tasks[rank] > 0 or list(waits[rank]) == ["work"] for rank in range(1, ranks)), waits
elif case == "spmd":
    assert sum(tasks) == 0 and max(busy) == 0, (tasks, busy)
    assert min(main) >= margin * 0.3, main
elif case == "failing":
    assert sum(tasks) == 1, tasks
PYTHON
}

for ranks in 1 2 3; do
  for case in tasks waits spmd; do
    COHORT_REPORT=1 launch "$ranks" "$program" "$case"
    expect_status 0
    expect_lines 1 err '^cohort: '
    check_report "$case" "$ranks"
  done
  expect_clean
done

# A run that fails has one, too.
COHORT_REPORT=on launch 2 "$program" failing
expect_status 1
expect_lines 1 err '^cohort: report of 2 ranks, '

# Who did not ask for one gets nothing; the variable wins over the program.
launch 2 "$program" tasks
reject_err .
COHORT_REPORT=0 launch 2 "$program" asked
reject_err .
launch 2 "$program" asked
expect_lines 1 err '^cohort: report of 2 ranks, '

COHORT_REPORT=yes launch 2 "$program" tasks
expect_failure
expect_lines 1 err '^cohort: LaunchError: COHORT_REPORT=yes is not understood; allowed: 1, 0, on, off$'
