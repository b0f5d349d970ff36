# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# What the scripts share; sourced by them, after `set -euo pipefail`.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# Open MPI refuses root unless both are set.
if [[ $EUID -eq 0 ]]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# The cores that this process may use: its affinity, and the quota of its cgroup.
usable_cores() {
  local cores quota period limited
  cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  if [[ -r /sys/fs/cgroup/cpu.max ]]; then
    read -r quota period </sys/fs/cgroup/cpu.max
    if [[ $quota != max ]]; then
      limited=$((quota < period ? 1 : quota / period))
      if ((limited < cores)); then cores=$limited; fi
    fi
  fi
  echo "$cores"
}

# As many compilers at once as there are cores, and 1.5 GB of memory for each.
build_jobs() {
  local jobs fits
  jobs=$(usable_cores)
  if [[ -r /proc/meminfo ]]; then
    fits=$(awk '$1 == "MemAvailable:" { print int($2 / 1572864) }' /proc/meminfo)
    if ((fits < jobs)); then jobs=$fits; fi
  fi
  echo $((jobs > 0 ? jobs : 1))
}

# The folder build/release is shared by the scripts; with other options in each they would undo each other's work.
# shellcheck disable=SC2034
RELEASE=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ -DCOHORT_BUILD_APPS=ON)

# build FOLDER TARGET CMAKE_ARGS...: configures and builds it under build/. Quiet: what the tools say goes to
# build.log in that folder, and is shown where they fail.
build() {
  local folder=$ROOT/build/$1 targets log
  read -ra targets <<<"$2"
  shift 2
  mkdir -p "$folder"
  log=$folder/build.log
  local options=("$@")
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    export CCACHE_SLOPPINESS=pch_defines,time_macros  # else it leaves out what uses a precompiled header
  fi
  # With the options it had, ninja configures it again where that is needed.
  if [[ ! -f $folder/build.ninja || $(cat "$folder/options" 2>/dev/null) != "${options[*]}" ]]; then
    rm -f "$folder/options"
    if ! cmake -G Ninja -S "$ROOT" -B "$folder" "${options[@]}" >"$log" 2>&1; then
      tail -n 60 "$log" >&2
      say "configuring $folder failed; all of it: $log"
      return 1
    fi
    printf '%s' "${options[*]}" >"$folder/options"
  else
    : >"$log"
  fi
  if ! cmake --build "$folder" --target "${targets[@]}" --parallel "$(build_jobs)" >>"$log" 2>&1; then
    # From the first failure on: the end of a long template error says little.
    sed -n '/^FAILED: /,$p' "$log" | head -n 200 >&2
    say "building $folder failed; all of it: $log"
    return 1
  fi
}

# An entry of a build's cache, empty where there is none: cached FOLDER NAME
cached() { sed -n "s/^$2:[A-Z]*=//p" "$ROOT/build/$1/CMakeCache.txt" 2>/dev/null || true; }
