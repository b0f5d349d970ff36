#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# progress_test.sh BODIES: a bar on a terminal, also on the one that mpirun was started from; lines elsewhere.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
bodies=$1
redraw=$'\r\x1b\\[K'

# on_terminal COMMAND: in a shell whose three streams are a terminal of 70 columns; what that shows is in $out.
on_terminal() { run_job script -qec "stty cols 70; $*" /dev/null; }

command -v script >/dev/null || skip "no terminal without script(1), of util-linux"

for ranks in 0 2; do
  command=$bodies
  if [[ $ranks -ne 0 ]]; then command="$MPIEXEC $MPIEXEC_NUMPROC_FLAG $ranks $bodies"; fi

  on_terminal "$command" progress
  expect_status 0
  expect_lines 1 out "${redraw}steps  200/200  100% \\[=+\\]  [0-9.]+/s  [0-9]:[0-9]{2}.?\$"
  [[ $(grep -oE "${redraw}steps  [0-9]+/200  [0-9]+%" "$out" | wc -l) -ge 2 ]] || complain "the bar was not drawn anew"
  tr '\r' '\n' <"$out" | awk 'length($0) > 3 + 70 { exit 1 }' || complain "the bar is wider than the terminal"

  # Its own stderr is a file.
  on_terminal "$command progress 2>'$work/log'"
  expect_lines 0 out steps
  cp "$work/log" "$err"
  expect_lines 1 err '^steps  200/200  100% \[=+\]  [0-9.]+/s  [0-9]:[0-9]{2}$'
  reject_err $'\x1b'

  # No terminal anywhere.
  launch "$ranks" "$bodies" progress
  expect_status 0
  expect_lines 1 err '^steps  200/200  100% '
  reject_err $'\x1b'
done

# A wrapper has redirected the stderr of mpirun's child.
on_terminal "$MPIEXEC $MPIEXEC_NUMPROC_FLAG 1 bash -c 'exec \"$bodies\" progress 2>\"$work/log\"'"
expect_lines 0 out steps
cp "$work/log" "$err"
expect_lines 1 err '^steps  200/200  100% '
reject_err $'\x1b'

# What mpirun reads does not go to its terminal as it is; or it is not mpirun who reads.
mpirun="$MPIEXEC $MPIEXEC_NUMPROC_FLAG 1"
for command in "$mpirun --output-filename '$work/logs' '$bodies' progress" "$mpirun --tag-output '$bodies' progress" \
  "$mpirun bash -c 'exec \"$bodies\" progress 2> >(cat >\"$work/log\")'"; do
  on_terminal "$command"
  expect_status 0
  expect_lines 0 out "$redraw"
done

# A line every five seconds, in the full run.
if [[ ${COHORT_WINDOW-} == rma ]]; then
  launch 0 "$bodies" progress 4000
  expect_status 0
  [[ $(grep -cE '^steps  [0-9]+/4000  ' "$err") -ge 3 ]] || complain "not a line every five seconds"
fi

# Nobody asked.
on_terminal "$bodies" untraced
expect_status 0
expect_lines 0 out .
