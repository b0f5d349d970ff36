// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <string>

namespace cohort::test {

/// The text of the Error that `act` throws; where it throws another or none, words that say so.
template <class Error, class Act>
std::string text_of(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "nothing was thrown";
}

}  // namespace cohort::test
