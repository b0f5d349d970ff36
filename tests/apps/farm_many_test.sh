#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# farm_many_test.sh FARM: ten thousand tasks on 1, 2, 4 and 7 ranks, of which some fail, crash or take too long. Each is run
# once, and after the second farm each has one success on record.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
farm=$(realpath "$1")
count=10000
limit=300
cd "$work"

records() { grep -cE -- "$1" list.journal || true; }
for ((i = 1; i <= count; ++i)); do
  case $((i % 500)) in
    1) echo "echo $i >>ran; test -e again" ;;
    2) echo "echo $i >>ran; test -e again || kill -KILL \$\$" ;;
    3) [[ $i -gt 2000 ]] && echo "echo $i >>ran" || echo "echo $i >>ran; test -e again || sleep 60" ;;
    *) echo "echo $i >>ran" ;;
  esac
done >list

for ranks in 1 2 4 7; do
  rm -f ran again list.journal
  launch "$ranks" "$farm" list --log none --timeout 4
  expect_status 1
  [[ $(sort -n ran) == "$(seq 1 $count)" ]] || complain "$(wc -l <ran) ran, $(sort -u ran | wc -l) different ones"
  expect_err "farm: 9956 done, 44 failed, 0 left"
  [[ $(records '"how":"timeout"') -eq 4 && $(records '"signal":9') -eq 20 ]] || complain "ends are not on record"
  touch again
  launch "$ranks" "$farm" list --log none --timeout 60
  expect_status 0
  expect_err "farm: 44 done \(and 9956 before\), 0 failed, 0 left"
  [[ $(wc -l <ran) -eq $((count + 44)) ]] || complain "$(wc -l <ran) instead of $((count + 44)) ran"
  [[ $(records '"how":"done"') -eq $count ]] || complain "$(records '"how":"done"') of $count are on record as done"
  expect_clean
done
