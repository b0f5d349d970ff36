// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

class Launch;

/// A place in the program's code or constants that means the same in every rank:
/// {module:16 | offset in the module:48}. Address-space randomization moves modules, not what is in them.
using Token = std::uint64_t;

/// The executable and its shared libraries, in an order that all ranks have agreed on by build-id.
/// Filled once, at start-up.
class Modules {
 public:
  /// Collective. Throws LaunchError on every rank where one runs another program than rank 0.
  static void agree(const Launch& launch);

  /// Throws UsageError where `place` is in no module that was loaded at start-up.
  static Token token(const void* place);
  /// The same, but 0 there.
  static Token token_or_none(const void* place) noexcept;
  /// Throws UsageError where this rank has not loaded the module.
  static const void* place(Token token);

  template <class Function>
  static Token function_token(Function* function) {
    return token(reinterpret_cast<const void*>(function));
  }
};

}  // namespace cohort
