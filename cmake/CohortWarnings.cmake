# SPDX-License-Identifier: BSL-1.0
# cohort_warnings: link it privately to every target of ours. It is never installed.

add_library(cohort_warnings INTERFACE)
target_compile_options(
  cohort_warnings
  INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    # clang counts it to -Wconversion, g++ does not: both check the same.
    -Wno-sign-conversion
    # g++ 12 sees overlapping copies in `"text" + std::string` at -O2 (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    # C++20 allows an empty `...` in a macro; clang 16 still calls that a GNU extension.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-zero-variadic-macro-arguments>)
