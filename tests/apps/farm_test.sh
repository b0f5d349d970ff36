#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# farm_test.sh FARM: lists of commands, run to their end; what is refused; what is printed.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
farm=$(realpath "$1")
cd "$work"

fresh() { rm -rf list* logs ran ./*.journal; }
# Each task leaves its line number in the file `ran`.
expect_ran() { [[ $(sort -n ran 2>/dev/null) == "$1" ]] || complain "ran: $(sort -n ran | tr '\n' ' ')"; }
# records EXPRESSION: how many records of the journal match.
records() { grep -cE -- "$1" "${2:-list.journal}" || true; }
expect_records() { [[ $(records "$2") -eq $1 ]] || complain "$(records "$2") records instead of $1 match $2"; }

# Every task once, however many there are.
for ranks in 0 1 2 4; do
  for count in 0 1 $((ranks - 1)) "$ranks" $((ranks + 1)) 60; do
    [[ $count -ge 0 ]] || continue
    fresh
    for ((i = 1; i <= count; ++i)); do echo "echo $i >>ran"; done >list
    launch "$ranks" "$farm" list --log none
    expect_status 0
    if [[ $count -eq 0 ]]; then
      expect_err 'farm: nothing to do: list has no tasks'
    else
      expect_ran "$(seq 1 "$count")"
      expect_err "farm: $count done, 0 failed, 0 left"
    fi
    expect_clean
  done
done

# Some fail, crash, take too long: each is recorded, and again only they are run.
fresh
for ((i = 1; i <= 40; ++i)); do
  case $((i % 4)) in
    0) echo "echo $i >>ran" ;;
    1) echo "echo $i >>ran; exit $i" ;;
    2) echo "echo $i >>ran; kill -KILL \$\$" ;;
    3) echo "echo $i >>ran; sleep 60 & sleep 60" ;;
  esac
done >list
launch 2 "$farm" list --timeout 1 --grace 0.2
expect_status 1
expect_ran "$(seq 1 40)"
expect_records 10 '"how":"done","code":0,"signal":0'
expect_records 10 '"how":"failed","code":[0-9]+,"signal":0'
expect_records 10 '"how":"failed","code":0,"signal":9'
expect_records 10 '"how":"timeout","code":0,"signal":15'
expect_err 'farm: 10 done, 30 failed, 0 left'
expect_err 'task 1 \(line 1\) failed: exit code 1'
expect_err 'and 20 more that failed; --list failed names them'
expect_clean
launch 2 "$farm" list --timeout 1 --grace 0.2
expect_status 1
expect_err 'farm: 0 done \(and 10 before\), 30 failed, 0 left'
expect_records 40 '"attempt":1,'
expect_records 30 '"attempt":2,'
launch 1 "$farm" list --compact
expect_status 0
expect_records 40 '"id"'
# (Each of the lists would do as one.)
for what in done:10 failed:30 remaining:0; do
  launch 1 "$farm" list --list "${what%:*}"
  expect_status 0
  expect_lines "${what#*:}" out '^echo [0-9]+ >>ran'
done
sed -i 's/exit 1$/exit 0/' list
launch 1 "$farm" list
expect_status 2
expect_err 'farm: the list has changed since list.journal was begun: 1 that has run is not what'
launch 2 "$farm" list --force-resume --timeout 1 --grace 0.2
expect_status 1
expect_err 'farm: 1 done \(and 10 before\), 29 failed, 0 left'
expect_err 'farm: 39 of 40 records are of this list; the others are in list.journal.old'
[[ $(wc -l <list.journal.old) -eq 41 ]] || complain "the old journal is not kept"
expect_clean

# Who is asked to end has its time, though the shell that started it is gone.
fresh
echo '(trap "sleep 0.3; echo saved >>ran; exit 1" TERM; sleep 60 & wait) | cat' >list
launch 1 "$farm" list --timeout 0.2 --grace 10
expect_status 1
expect_records 1 timeout
[[ $(cat ran 2>/dev/null) == saved ]] || complain "it had no time to save"
expect_within 8
expect_clean

# What is in the way of the next one goes.
fresh
# shellcheck disable=SC2016
echo 'mkdir -p $FARM_TMPDIR/a/b && chmod 555 $FARM_TMPDIR/a $FARM_TMPDIR && echo $FARM_TMPDIR >>ran' >list
# shellcheck disable=SC2016
echo 'test -z "$(ls -A $FARM_TMPDIR)" && touch $FARM_TMPDIR/here && rmdir $FARM_TMPDIR; rm -r $FARM_TMPDIR' >>list
# shellcheck disable=SC2016
echo 'test -d $FARM_TMPDIR && touch $FARM_TMPDIR/here' >>list
launch 1 "$farm" list
expect_status 0
[[ ! -e $(cat ran) ]] || complain "left: $(cat ran)"

# Tried again until it works.
fresh
# shellcheck disable=SC2016
echo 'echo $FARM_ATTEMPT >>ran; test $FARM_ATTEMPT -ge 3' >list
launch 2 "$farm" list --retries 3 --retry-delay 0.1
expect_status 0
expect_ran "$(seq 1 3)"
expect_records 2 failed
expect_records 1 done

# Stages, and what ends a farm early.
fresh
printf '%s\n' 'sleep 0.3; echo 1 >>ran' 'sleep 0.1; echo 1 >>ran' '#FARM BARRIER' 'cat ran >seen; false' '#FARM BARRIER' \
  'echo 2 >>ran' >list
launch 3 "$farm" list
expect_status 1
[[ $(tr -d '\n' <seen) == 11 ]] || complain "the barrier let through: $(cat seen)"
expect_ran $'1\n1\n2'
fresh
{
  echo false
  for ((i = 0; i < 100; ++i)); do echo 'sleep 0.05; echo 1 >>ran'; done
} >list
launch 2 "$farm" list --max-fails 1
expect_status 1
expect_err 'farm: stopped, as 1 task has failed'
[[ $(wc -l <ran) -lt 10 ]] || complain "went on after a failure"
launch 2 "$farm" list --walltime 1s
expect_status 75
expect_err 'farm: stopped, as the time is nearly over; run the same line again'
expect_within 10
ran=$(wc -l <ran) done=$(records '"how":"done"') ended=$(records '"how":"interrupted"')
[[ $done -le $ran && $ran -le $((done + ended)) ]] || complain "on record $done done and $ended interrupted, ran $ran"

# What would begin too late is not waited for, whether it is tried again or has taken longer before.
fresh
echo 'echo 1 >>ran; exit 1' >list
launch 2 "$farm" list --walltime 60 --retries 1 --retry-delay 10m
expect_status 75
expect_ran 1
expect_within 10
fresh
printf '%s\n' 'sleep 1.2; false' 'echo 1 >>ran' >list
launch 1 "$farm" list --max-fails 1
expect_status 1
launch 1 "$farm" list --walltime 1
expect_status 75
expect_err 'farm: nothing was begun: tasks have taken up to [12]\.[0-9] s so far, and there were [0-9.]+ s; run the same line'
expect_ran ''

# Tables.
fresh
printf 'a b,1\n$HOME,2\n' >list.csv
# shellcheck disable=SC2016
launch 2 "$farm" list.csv --template 'echo {2}:{1} >>ran'
expect_status 0
[[ $(sort ran) == $'1:a b\n2:$HOME' ]] || complain "ran: $(cat ran)"
launch 2 "$farm" list.csv --template 'echo {2}:{1}' --dry-run
expect_status 0
expect_out "^1	echo 1:'a b'$"

# What a task finds around it.
fresh
# shellcheck disable=SC2016
printf '%s\n' 'env | sort; test -d $FARM_TMPDIR; cat; ls /proc/self/fd | wc -l; nproc' >list
launch 2 "$farm" list
expect_status 0
cp logs/1.out "$out"
expect_out '^FARM_TASK_ID=1$'
expect_out '^FARM_NTASKS=1$'
expect_out '^FARM_ATTEMPT=1$'
expect_out '^FARM_LINE=1$'
expect_lines 0 out '^(OMPI_COMM_WORLD|PMIX)_'
expect_out '^4$'
expect_out "^$(nproc)$"
[[ ! -e $(sed -n 's/^FARM_TMPDIR=//p' "$out") ]] || complain "left: FARM_TMPDIR"

# Logs.
fresh
printf '%s\n' 'echo fine' 'echo out; echo bad >&2; false' true >list
launch 2 "$farm" list --log failed-only --gantt list.svg
expect_err '^  \| bad$'
expect_err 'task 2 \(line 2\) failed: exit code 1; logs/2.err'
[[ $(ls logs) == $'2.err\n2.out' ]] || complain "logs: $(ls logs)"
grep -q '<title>task 2, attempt 1: failed' list.svg || complain "no picture"
fresh
printf '%s\n' 'echo fine' 'echo out; echo bad >&2; false' >list
launch 2 "$farm" list --log single
expect_err 'task 2 \(line 2\) failed: exit code 1; farm log 2'
launch 1 "$farm" log 2
expect_status 0
expect_out '^out$'
expect_err '^bad$'
mv logs other
launch 1 "$farm" log 2 --logs other
expect_status 0
expect_out '^out$'
launch 1 "$farm" log 7
expect_status 1
expect_err 'farm: logs has nothing of task 7'

# A memory limit is that task's affair.
fresh
echo 'x=$(head -c 200000000 /dev/zero | tr "\0" x)' >list
launch 1 "$farm" list --memory-limit 50M
expect_status 1

# Refused.
fresh
printf 'true\r\n' >list
launch 2 "$farm" list
expect_status 2
expect_lines 1 err '^farm: list:1: ends in CR LF'
launch 2 "$farm" nothing
expect_status 2
expect_err "^farm: cannot read 'nothing': No such file or directory"
launch 2 "$farm"
expect_status 2
expect_err '^farm: which list\?'
launch 2 "$farm" list --retries x
expect_status 2
expect_lines 1 err '^farm: --retries'
launch 2 "$farm" --help
expect_status 0
expect_out 'mpirun farm tasks.txt'
echo true >list
echo '{"some":1}' >list.journal
launch 2 "$farm" list
expect_status 2
expect_err "^farm: list.journal is no journal of farm's"
expect_clean
