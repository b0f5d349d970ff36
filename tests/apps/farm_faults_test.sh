#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# farm_faults_test.sh FARM [KILLS]: farms that are stopped, killed, or find no room; and that the next one ends the work.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
farm=$(realpath "$1")
kills=${2:-4}
cd "$work"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

fresh() { rm -rf list* logs ran ./*.journal; }
records() { grep -cE -- "$1" list.journal || true; }
some_ran() { [[ -e ran && $(wc -l <ran) -ge 3 ]]; }
# After the last farm: every task has one success on record, and nothing is left.
expect_all_done() {
  local twice
  [[ $(records '"how":"done"') -eq $1 ]] || complain "$(records '"how":"done"') of $1 tasks are on record as done"
  twice=$(sed -n 's/.*"id":\([0-9]*\),.*"how":"done".*/\1/p' list.journal | sort | uniq -d)
  [[ -z $twice ]] || complain "twice on record: $twice"
  [[ -z $(ls "$TMPDIR" | grep '^farm' || true) ]] || complain "left: $(ls "$TMPDIR")"
  expect_clean
}
no_process_left() { [[ -z $(job_processes) ]]; }
# Where all were killed: Open MPI's own files stay, as nobody was left to remove them.
expect_no_process_left() {
  local file
  wait_for 5 no_process_left || complain "left: $(ps -o pid=,args= -p "$(job_processes | paste -sd,)")"
  for file in $(abandoned_files); do [[ $file != vader_segment.* ]] || rm -f "/dev/shm/$file"; done
  expect_clean
}
sleepers() { for ((i = 1; i <= $1; ++i)); do echo "sleep 0.1; echo $i >>ran; sleep 0.1"; done >list; }

# Drained: what runs is finished.
fresh
sleepers 30
start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 "$farm" list --log none
wait_for 10 some_ran || complain "nothing ran"
kill -USR1 "$job_pid"
wait_for 5 grep -q 'farm: rank 1: task' "$err" || complain "no state"
kill -USR2 "$job_pid"
end_job
expect_status 75
expect_err 'farm: stopped by SIGUSR2; run the same line again for the rest'
[[ $(wc -l <ran) -eq $(records '"how":"done"') && $(records interrupted) -eq 0 ]] || complain "not drained"
expect_clean
launch 2 "$farm" list --log none
expect_status 0
expect_all_done 30
[[ $(wc -l <ran) -eq 30 ]] || complain "$(wc -l <ran) instead of 30 ran"

# A second time: what runs is ended, and does not count as tried.
fresh
for ((i = 1; i <= 4; ++i)); do echo "echo $i >>ran; echo \$FARM_ATTEMPT >>attempts; sleep \${LONG-0}"; done >list
rm -f attempts
LONG=60 start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 4 "$farm" list
wait_for 10 some_ran
kill -USR2 "$job_pid"
sleep 0.05
kill -USR2 "$job_pid"
sleep 1
[[ $(records '"how":"interrupted"') -eq 0 ]] || complain "two signals at once, which came by two ways, are not one"
kill -USR2 "$job_pid"
end_job
expect_status 75
[[ $(records '"how":"interrupted"') -ge 3 ]] || complain "not on record as interrupted"
expect_clean
launch 4 "$farm" list
expect_status 0
expect_all_done 4
[[ $(sort -u attempts) == 1 ]] || complain "an interrupted task counts as tried"

# Ctrl-C and SIGTERM: within mpirun's second.
for signal in TERM INT; do
  fresh
  for ((i = 1; i <= 8; ++i)); do echo "echo $i >>ran; trap '' TERM; sleep \${LONG-0} & wait"; done >list
  LONG=60 start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 4 "$farm" list
  wait_for 10 some_ran
  kill -"$signal" "$job_pid"
  end_job
  expect_failure
  expect_within 15
  expect_clean
  launch 2 "$farm" list
  expect_status 0
  expect_all_done 8
done

# The same to every process of the job, as batch systems do: tasks that die of it have not failed.
fresh
for ((i = 1; i <= 8; ++i)); do echo "echo $i >>ran; sleep \${LONG-0}"; done >list
LONG=60 start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 4 "$farm" list
wait_for 10 some_ran
for process in $(job_processes); do kill -TERM "$process" 2>/dev/null || true; done
end_job
expect_failure
[[ $(records '"how":"failed"') -eq 0 ]] || complain "$(records '"how":"failed"') on record as failed"
expect_no_process_left
launch 2 "$farm" list
expect_status 0
expect_all_done 8

# Killed: a task, a rank, mpirun, everything, at any time.
rank_of_farm() { pgrep -P "$job_pid" -f "$farm" | head -n 1; }
for ((round = 0; round < kills; ++round)); do
  fresh
  sleepers 20
  start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 3 "$farm" list --log none
  wait_for 10 some_ran || true
  sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
  case $((round % 4)) in
    0) kill -KILL "$(rank_of_farm)" 2>/dev/null || true ;;
    1) kill -KILL "$job_pid" 2>/dev/null || true ;;
    2) for process in $(job_processes); do kill -KILL "$process" 2>/dev/null || true; done ;;
    3) pkill -KILL -n -f "^sleep 0.1" || true ;;
  esac
  end_job
  expect_no_process_left
  launch 3 "$farm" list --log none
  expect_status 0
  expect_all_done 20
  [[ $(sort -nu ran) == "$(seq 1 20)" ]] || complain "ran: $(sort -nu ran | tr '\n' ' ')"
done

# Two at a time.
fresh
sleepers 10
start_job "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 1 "$farm" list --log none
wait_for 10 some_ran
"$farm" list >/dev/null 2>second || second=$?
[[ ${second:-0} -eq 2 ]] && grep -q 'farm: another farm is at work with list.journal' second || complain "two at once: $(cat second)"
end_job
expect_status 0
expect_all_done 10

# Two that begin together: one of them is refused.
fresh
sleepers 6
for _ in 1 2; do "$farm" list --log none >/dev/null 2>>second & done
wait
[[ $(sort -n ran) == "$(seq 1 6)" ]] || complain "ran: $(sort -n ran | tr '\n' ' ')"
expect_all_done 6

# No room for the journal.
if [[ $EUID -eq 0 ]] && mkdir -p small && mount -t tmpfs -o size=64k cohort-farm small 2>/dev/null; then
  at_end() { umount "$work/small"; }
  fresh
  for ((i = 1; i <= 400; ++i)); do echo "echo $i >>ran"; done >list
  launch 2 "$farm" list --log none --journal small/j
  expect_status 75
  expect_err "farm: task [0-9]+: cannot write 'small/j': No space left on device; nothing new is begun"
  expect_clean
  mount -o remount,size=10m small
  cp small/j list.journal
  launch 2 "$farm" list --log none --journal small/j
  expect_status 0
  cp small/j list.journal
  expect_all_done 400
fi
