#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tsp_test.sh TSP: the published optima of TSPLIB, on any number of ranks, and what is said about wrong files.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
tsp=$1
instances=$SOURCE_DIR/apps/tsp/instances

# solves RANKS NAME OPTIMUM
solves() {
  launch "$1" "$tsp" --check "$instances/$2.tsp"
  expect_status 0
  expect_out "^optimum +$3\$"
  expect_lines 1 out '^speed-up +[0-9]+[.][0-9]+ x on [0-9]+ ranks?$'
  expect_out '^check +equal to the serial optimum$'
  reject_err .
}

solves 0 burma14 3323
solves 0 ulysses16 6859
solves 0 gr17 2085
solves 0 gr21 2707
solves 0 ulysses22 7013
solves 0 berlin52 7542
solves 2 bays29 2020
for ranks in 0 1 2 4; do
  solves "$ranks" eil51 426
  if [[ $ranks -gt 1 ]]; then expect_lines "$ranks" out '^rank [0-3] +[0-9]+ nodes$'; fi
  expect_clean
done

# Three cities have one tour.
cat >"$work/three.tsp" <<'TEXT'
NAME: three
DIMENSION: 3
EDGE_WEIGHT_TYPE: EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 4
TEXT
launch 2 "$tsp" "$work/three.tsp"
expect_status 0
expect_out '^optimum +12$'
expect_out '^tour +1 2 3$'

launch 0 "$tsp" --serial "$instances/eil51.tsp"
expect_status 0
expect_out '^optimum +426$'
expect_lines 0 out '^parallel'

launch 0 "$tsp" --help
expect_status 0
expect_lines 1 out '^Usage: tsp'

# refused RANKS REGEX ARGUMENTS...: one line from rank 0, and nobody waits for ever.
refused() {
  local ranks=$1 expected=$2
  shift 2
  launch "$ranks" "$tsp" "$@"
  expect_status 2
  expect_lines 1 err '^tsp: '
  expect_err "$expected"
  expect_lines 0 out .
}
head -n 10 "$instances/eil51.tsp" >"$work/cut.tsp"
refused 2 "$work/cut.tsp:10: the file ends where city 5 of 51 is expected" "$work/cut.tsp"
refused 0 "cannot read '$work/missing.tsp': No such file" "$work/missing.tsp"
refused 0 'it is a directory' "$work"
refused 2 'FILE is required'
refused 0 'excludes' --serial --check "$instances/eil51.tsp"
expect_clean
