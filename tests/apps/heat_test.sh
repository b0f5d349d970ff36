#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# heat_test.sh HEAT: the program against its serial result, and what it says against wrong arguments.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
heat=$1
picture=$work/heat.png

expect_picture() {
  [[ $(head -c 8 "$picture" | od -An -tx1 | tr -d ' ') == 89504e470d0a1a0a ]] || complain "no PNG file was written"
  rm -f "$picture"
}

launch 0 "$heat" --serial --width 123 --height 57 --steps 101 --output "$picture"
expect_status 0
expect_picture
mean=$(grep '^mean' "$out")

for ranks in 0 1 2 4; do
  launch "$ranks" "$heat" --check --width 123 --height 57 --steps 101 --output "$picture"
  expect_status 0
  expect_out '^check +equal to the serial result, to the last bit$'
  expect_out "^$mean\$"
  expect_picture
  expect_clean
done

# Fewer rows than ranks, the smallest plate, no steps at all.
launch 4 "$heat" --check --width 20 --height 4 --steps 10 --output ''
expect_status 0
expect_out '^check +equal'
launch 4 "$heat" --check --width 3 --height 3 --steps 7 --output ''
expect_status 0
expect_out '^check +equal'
launch 0 "$heat" --check --width 50 --height 40 --steps 0 --output ''
expect_status 0
expect_out '^check +equal'

launch 2 "$heat" --serial --width 123 --height 57 --steps 101 --output ''
expect_status 0
expect_out "^$mean\$"
expect_lines 0 out '^parallel'

launch 0 "$heat" --help
expect_status 0
expect_lines 1 out '^Usage: heat'

# refused RANKS REGEX ARGUMENTS...: one line from rank 0, and nobody waits for ever.
refused() {
  local ranks=$1 expected=$2
  shift 2
  launch "$ranks" "$heat" "$@"
  expect_status 2
  expect_lines 1 err '^heat: '
  expect_err "$expected"
  expect_lines 0 out '^(serial|parallel)'
}
refused 2 '--width.* 2 not in range 3 to 32768' --width 2
refused 0 '--steps.* -1' --steps -1
refused 0 '--check excludes --serial|--serial excludes --check' --serial --check
refused 0 'hot' hot
refused 2 "cannot write '.*/missing/heat.png': No such file or directory" --output "$work/missing/heat.png"
refused 0 "cannot write '$work': Is a directory" --output "$work"
refused 2 'a plate of 30000 x 30000: shared heap full' --width 30000 --height 30000 --output ''
expect_clean
