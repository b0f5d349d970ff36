// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <source_location>
#include <utility>

namespace cohort {

/// Where the program calls something that may wait: what is waited for is reported with it. The last parameter of such
/// calls, not to be given.
using CallSite = std::source_location;

namespace detail {
/// That of what this thread waits for; line 0: unknown.
inline constinit thread_local CallSite wait_site;
}  // namespace detail

/// For a scope, the call of the program's that a wait in it belongs to. What a wait may run in the middle of itself
/// has sites of its own.
class WaitSite {
 public:
  explicit WaitSite(CallSite where) noexcept : outer_(std::exchange(detail::wait_site, where)) {}
  ~WaitSite() { detail::wait_site = outer_; }
  WaitSite(const WaitSite&) = delete;
  WaitSite& operator=(const WaitSite&) = delete;

 private:
  CallSite outer_;
};

}  // namespace cohort
