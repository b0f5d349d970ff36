#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# montecarlo_test.sh MONTECARLO: the same bits from any number of ranks, and prices near the closed formulas.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
montecarlo=$1
small=(--paths 100001 --no-progress --exact)

# All but the line with the ranks and the time.
prices() { grep -v ' paths, ' "$out"; }
# The difference from the closed formula in standard errors, without its sign.
difference() { sed -nE "s/^$1 .* [+-]([0-9.]+) errors\$/\\1/p" "$out"; }
below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 < b) }'; }

launch 0 "$montecarlo" "${small[@]}" --serial
expect_status 0
expect_lines 3 out '0x1\.'
expect_out '^100001 paths, serial, [0-9.e-]+ s, '
prices >"$work/serial"

for job in '0 0' '1 0' '2 0' '4 0' '2 1' '2 1000'; do
  read -r ranks chunk <<<"$job"
  launch "$ranks" "$montecarlo" "${small[@]}" --chunk "$chunk"
  expect_status 0
  expect_lines 0 err .
  expect_out "^100001 paths, $((ranks > 0 ? ranks : 1)) ranks?, "
  diff "$work/serial" <(prices) >&2 || complain 'differs from the serial prices'
  expect_clean
done

# The default seed.
launch 2 "$montecarlo" --paths 400000 --no-progress
expect_status 0
for name in European 'on geometric average'; do
  below "$(difference "$name")" 4 || complain "$name: $(difference "$name") standard errors from the closed formula"
done
expect_out '^on arithmetic average .* none$'

launch 0 "$montecarlo" "${small[@]}" --seed 2
expect_status 0
! diff -q "$work/serial" <(prices) >/dev/null || complain '--seed changes nothing'
launch 2 "$montecarlo" --paths 2 --spot 1 --volatility 0.01
expect_status 0
expect_out '^European +0\.000000 +0\.000000 +0\.000000$'
expect_err '^batches  1/1 '

launch 2 "$montecarlo" --help
expect_status 0
expect_lines 1 out '^Usage: montecarlo'

# wrong RANKS REGEX ARGUMENTS...: exit code 2 and one line that matches, from one rank.
wrong() {
  local ranks=$1 regex=$2
  shift 2
  launch "$ranks" "$montecarlo" "$@"
  expect_status 2
  expect_lines 1 err '^montecarlo: '
  expect_lines 1 err "^montecarlo: $regex"
  expect_lines 0 out .
}
wrong 2 "--paths: '1' is not a number from 2 to 100000000000" --paths 1
wrong 0 "--volatility: 'nan' is not a number from 0.001 to 2" --volatility nan
wrong 0 "--seed: '-1' is not a number from 0 to 18446744073709551615" --seed -1
wrong 0 "--dates: '' is not a number from 1 to 10000" --dates ''
wrong 0 'not expected: --threads 4' --threads 4
expect_clean
