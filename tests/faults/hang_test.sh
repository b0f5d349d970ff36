#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# hang_test.sh HANG FAULT WHICH: what is said of jobs that can never go on, and that nothing is said of others.
# WHICH: hangs, policies or looks_stuck.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/jobs.sh"
hang=$1 fault=$2 which=$3

line_of() { grep -n -- "$1" "${0%/*}/hang.cpp" | head -n 1 | cut -d : -f 1; }

# hangs RANKS CASE REGEX...: ends by itself with 70, and stderr has a line for each.
hangs() {
  local ranks=$1 name=$2 text
  shift 2
  launch "$ranks" "$hang" "$name"
  expect_status 70
  expect_within 15
  expect_lines 1 err 'rank 0: nothing can go on any more; the job ends'
  for text in "$@"; do expect_err "$text"; done
  expect_clean
}

case $which in
  hangs)
    for ranks in 1 2; do
      hangs "$ranks" abba \
        "a circle: .*main -> cohort::Lock 'b' -> .*second -> cohort::Lock 'a' -> .*main" \
        "rank 0, main +lock\(\) of cohort::Lock 'b' +rank [01], second +[0-9.]+ s +hang.cpp:$(line_of 'line of abba')\$" \
        "second +lock\(\) of cohort::Lock 'a' +rank 0, main +[0-9.]+ s +hang.cpp:$(line_of 'line of second')\$"
    done
    hangs 2 holder_ended "lock\(\) of cohort::Lock 'kept': whoever held it has ended without unlock\(\)"
    hangs 3 third_in_line "lock\(\) of cohort::Lock 'line' +rank [0-2], next " \
      "next waits in wait\(\) on cohort::Event 'never': nobody is left to set\(\) it"
    hangs 2 short_of_parties "3 wait in wait\(\) at cohort::Barrier 'start': 3 of 4 have come, and nobody is left to come"
    hangs 3 empty_queue "3 wait in get\(\) on cohort::Queue<int> 'jobs': nobody is left to put\(\) or close\(\)" \
      "rank [0-9], Process-[0-9] +get\(\) on cohort::Queue<int> 'jobs' +[0-9.]+ s +hang.cpp:$(line_of 'line of get_one')\$"
    hangs 4 forgotten_close "3 wait in get\(\) on cohort::Queue<int> 'jobs': nobody is left to put\(\) or close\(\)"
    hangs 1 full_queue "put\(\) on cohort::Queue<int> 'jobs': it is full, and nobody is left to get\(\)"
    hangs 1 unfinished_queue "join\(\) of cohort::Queue<int> 'jobs': nobody is left to say task_done\(\)"
    hangs 4 joins_what_waits_for_it 'join\(\) of Process waiter: it does not end' \
      "waiter waits in wait\(\) on cohort::Event 'later': nobody is left to set\(\) it"
    hangs 1 never_notified "wait\(\) on cohort::Condition 'changed': nobody is left to notify\(\)"
    hangs 2 never_released "acquire\(\) of cohort::Semaphore 'places': nobody is left to release\(\) it"
    hangs 1 never_changed "wait\(\) on cohort::Value<int> 'phase': nobody is left to change it"
    hangs 2 nobody_sends "get\(\) on cohort::.*<int> #1: nobody is left to put\(\)"
    hangs 2 pool_task_waits "wait\(\) on cohort::Event 'later': nobody is left to set\(\) it"
    hangs 2 inside_of_an_update "a circle: .*main -> cohort::List<long> 'totals' -> .*other -> cohort::Lock 'outer' -> .*main"
    ;;
  policies)
    # A report alone, once; then it is for the user to end the job.
    export COHORT_HANG=report
    start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 "$hang" abba
    says_so() { grep -q 'nothing can go on any more$' "$err"; }
    wait_for 15 says_so || complain 'no report'
    sleep 1
    kill -TERM "$job_pid" || complain 'ended before it was told to'
    end_job
    expect_failure
    expect_lines 1 err 'nothing can go on any more'
    expect_err 'SIGTERM: every Process is asked to stop'
    expect_clean

    export COHORT_HANG=off
    start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 "$hang" abba
    sleep 3
    kill -TERM "$job_pid" || complain 'ended before it was told to'
    end_job
    expect_failure
    reject_err 'nothing can go on'
    expect_clean
    unset COHORT_HANG

    # The table at any time; then a stop request, as batch systems send it.
    start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 "$fault" runs_for_ever cooperative 2
    says_running() { grep -q '^running$' "$out"; }
    wait_for 15 says_running || complain 'the Processes do not run'
    kill -USR1 "$job_pid"
    has_table() { grep -q 'SIGUSR1: what everyone waits for' "$err"; }
    wait_for 15 has_table || complain 'no table'
    kill -USR2 "$job_pid"
    end_job
    expect_status 0
    expect_err 'rank 1, Process-[0-9]+ +runs, or waits outside of Cohort'
    expect_lines 2 err '^stopped$'
    expect_clean
    ;;
  looks_stuck)
    launch 3 "$hang" looks_stuck
    expect_status 0
    expect_lines 10 out '^(one|a|looks|others|all) '
    reject_err 'nothing can go on'
    expect_clean
    ;;
esac
