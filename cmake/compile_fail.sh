#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# compile_fail.sh REGEX COMPILER ARGS...: succeeds where the compiler fails and says REGEX.
set -euo pipefail

regex=$1
shift
if output=$("$@" 2>&1); then
  echo "compiled, and should not have: $*"
  exit 1
fi
if ! grep -qE -- "$regex" <<<"$output"; then
  printf '%s\n\nno line of this matches: %s\n' "$output" "$regex"
  exit 1
fi
grep -m 3 -E -- "$regex" <<<"$output"
