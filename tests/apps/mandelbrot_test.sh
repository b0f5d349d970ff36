#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# mandelbrot_test.sh MANDELBROT: the pictures of any number of ranks are the serial one.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
mandelbrot=$1
small=(--width 61 --height 47 --iterations 300 --no-progress)

# The rows of all ranks, as the last line counts them.
rows() { sed -n 's/.*rows of each rank://p' "$out" | tr ' ' '\n' | awk '{ rows += $1 } END { print rows + 0 }'; }

launch 0 "$mandelbrot" "${small[@]}" --serial --output "$work/serial.png"
expect_status 0
expect_lines 1 out '^.*serial.png: 61 x 47, serial, [0-9.e-]+ s, rows of each rank: 47$'
[[ $(head -c 8 "$work/serial.png" | od -An -tx1) == ' 89 50 4e 47 0d 0a 1a 0a' ]] || complain 'no PNG file'

for job in '0 0' '1 0' '2 0' '4 0' '2 5' '2 1000'; do
  read -r ranks chunk <<<"$job"
  launch "$ranks" "$mandelbrot" "${small[@]}" --chunk "$chunk" --output "$work/parallel.png"
  expect_status 0
  expect_lines 1 out .
  expect_lines 0 err .
  size=$((ranks > 0 ? ranks : 1))
  expect_out ": 61 x 47, $size ranks?, .* s, rows of each rank:( [0-9]+){$size}\$"
  [[ $(rows) -eq 47 ]] || complain "the ranks drew $(rows) rows"
  cmp "$work/serial.png" "$work/parallel.png" >&2 || complain 'differs from the serial picture'
  rm -f "$work/parallel.png"
  expect_clean
done

# The samples and the view matter; one pixel is a picture.
launch 0 "$mandelbrot" "${small[@]}" --samples 1 --output "$work/other.png"
expect_status 0
! cmp -s "$work/serial.png" "$work/other.png" || complain '--samples changes nothing'
launch 0 "$mandelbrot" "${small[@]}" --center-x -0.5 --center-y 0 --scale 3 --output "$work/other.png"
expect_status 0
! cmp -s "$work/serial.png" "$work/other.png" || complain 'the view changes nothing'
launch 2 "$mandelbrot" --width 1 --height 1 --iterations 1 --output "$work/other.png"
expect_status 0
expect_err '^rows  1/1 '

launch 2 "$mandelbrot" --help
expect_status 0
expect_lines 1 out '^Usage: mandelbrot'

# wrong RANKS REGEX ARGUMENTS...: exit code 2 and one line that matches, from one rank.
wrong() {
  local ranks=$1 regex=$2
  shift 2
  launch "$ranks" "$mandelbrot" "$@"
  expect_status 2
  expect_lines 1 err '^mandelbrot: '
  expect_lines 1 err "^mandelbrot: $regex"
  expect_lines 0 out .
}
wrong 2 "--width: '0' is not a number from 1 to 16384" --width 0
wrong 2 "cannot write '$work/missing/a.png': No such file or directory$" --output "$work/missing/a.png"
wrong 0 "cannot write '$work': Is a directory$" --output "$work"
wrong 0 "--center-x: 'nan' is not a number from -4 to 4" --center-x nan
wrong 0 "--iterations: '12x' is not a number from 1 to" --iterations 12x
wrong 0 "--chunk: '-1' is not a number from 0 to" --chunk -1
wrong 0 'not expected: --colour red' --colour red
expect_clean
