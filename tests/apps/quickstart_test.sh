#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# quickstart_test.sh QUICKSTART: the list, the table and the bars.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
quickstart=$1

for ranks in 0 1 2 4; do
  launch "$ranks" "$quickstart"
  expect_status 0
  reject_err .

  numbers=$(sed -n '1s/[][]//g;1s/, /\n/gp' "$out" | sort -n | tr '\n' ' ')
  [[ $numbers == '0 1 4 9 16 25 36 49 ' ]] || complain "the list holds $numbers"

  last=$((ranks > 0 ? ranks - 1 : 0))
  expect_lines 8 out "^square-[1-8] +[0-$last] +0\$"
  total=$(awk '/^rank +[0-9]+  #+ [0-9]+$/ && length($3) == $4 { total += $4 } END { print total + 0 }' "$out")
  [[ $total -eq 8 ]] || complain "the bars show $total Processes"
  expect_clean
done
