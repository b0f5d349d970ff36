#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs into a temporary prefix, builds the outside program of consumer/ against it, and runs that.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
expected='[0, 1, 4, 9, 16, 25, 36, 49]'

configure() { # configure FOLDER [ARGS...]
  "$CMAKE" -S "$SOURCE_DIR/tests/install/consumer" -B "$scratch/$1" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release "${@:2}" 2>&1
}

check() { # check COMMAND...: it must print what is expected, and nothing else
  local output
  output=$("$@")
  if [[ $output != "$expected" ]]; then
    printf 'printed by %s:\n%s\nexpected:\n%s\n' "$*" "$output" "$expected"
    exit 1
  fi
  echo "ok: ${*##*/}"
}

"$CMAKE" --install "$BINARY_DIR" --prefix "$prefix" >"$scratch/install.log"
if grep -rlF -e "$SOURCE_DIR" -e "$BINARY_DIR" "$prefix" --include='*.cmake'; then
  echo "these installed files name the folders they were built in"
  exit 1
fi

configure build
"$CMAKE" --build "$scratch/build"
check "$scratch/build/consumer"
check "$MPIEXEC" "$MPIEXEC_NUMPROC_FLAG" 2 "$scratch/build/consumer"

if refusal=$(configure other_version -Dwanted_version=0.99); then
  echo "a program that asks for version 0.99 was given this one"
  exit 1
fi
if ! tr -s '[:space:]' ' ' <<<"$refusal" | grep -qF 'compatible with requested version "0.99"'; then
  echo "$refusal"
  exit 1
fi
echo "ok: another version is refused"
