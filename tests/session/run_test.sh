#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# run_test.sh BODIES: every form of body, with and without mpirun, and what is there before and after a session.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
bodies=$1

# ends RANKS CASE CODE [LINE]: the job ends with the code and, where there is a LINE, prints it once; stderr is empty.
ends() {
  launch "$1" "$bodies" "$2"
  expect_status "$3"
  if [[ -n ${4-} ]]; then expect_lines 1 out "$4"; fi
  if [[ $3 -eq 0 ]]; then reject_err .; else reject_err '^cohort:'; fi
  expect_clean
}

for ranks in 0 1 3; do
  ends "$ranks" void_body 0 '^void body$'
  ends "$ranks" int_body 3
  ends "$ranks" bool_body 1
  ends "$ranks" manager_body 0 '^sum 5$'
  ends "$ranks" function_body 4 '^free body$'
  ends "$ranks" manager_function_body 0 '^free body with 3$'
  ends "$ranks" functor_body 11
  ends "$ranks" capturing_body 0 '^owned$'
  ends "$ranks" exit_in_body 6 '^unwound$'
  ends "$ranks" manager_in_process 0 '^size 20$'
  ends "$ranks" outliving 0
  expect_lines $((ranks > 0 ? ranks : 1)) out '^outlived$'
  ends "$ranks" code_on_all_ranks 0
  expect_lines $((ranks > 0 ? ranks : 1)) out '^code 0 everywhere$'

  ends "$ranks" second_session 0 '^refused inside: .*one cohort::Session'
  expect_lines $((ranks > 0 ? ranks : 1)) out '^refused after: .*one cohort::Session'
  expect_lines 0 out nested
done

# What one job has saved, another loads, with other numbers of ranks.
launch 2 "$bodies" saves "$work/state"
expect_status 0
for ranks in 0 3; do
  launch "$ranks" "$bodies" loads "$work/state"
  expect_status 0
  expect_lines 1 out "^\\['one', 'two'\\] \\{'three': 3\\}$"
done

# Without a session: UsageErrors that say just that, and nothing worse.
launch 0 "$bodies" no_session
expect_status 0
for when in before after; do
  for what in manager rank name stop lambda function; do
    expect_out "^$when $what: no session is running"
  done
  expect_out "^$when cores counted$"
  expect_out "^$when id 0$"
done
expect_out '^after use: .*'
expect_lines 0 out '^after use: nothing$'
expect_clean

# Options in the code; the user's variable wins.
unset COHORT_HEAP
launch 2 "$bodies" options_in_code
expect_status 0
expect_out '^small heap$'
expect_out 'of 4[0-9] MiB'
expect_err '^cohort: rank 0: 2 ranks, [0-9]+ cores, heap 48 MiB'
COHORT_HEAP=64M COHORT_LOG=error launch 2 "$bodies" options_in_code
expect_status 0
expect_out '^large heap$'
expect_out 'of [56][0-9] MiB'
reject_err 'cohort:'

# The table of options names every variable that the library looks at, and the values of each.
launch 0 "$bodies" help
expect_status 0
variables=$(grep -rhoE '"COHORT_[A-Z_]+"' "$SOURCE_DIR/framework/cohort" | tr -d '"' | sort -u)
[[ $(wc -w <<<"$variables") -ge 6 ]] || complain "these are too few: $variables"
for variable in $variables; do expect_out "^ *$variable="; done
for value in automatic shared rma rank abort report off error info debug on; do expect_out "\\b$value\\b"; done
