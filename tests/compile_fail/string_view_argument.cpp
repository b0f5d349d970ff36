// SPDX-License-Identifier: BSL-1.0

// A string_view points at bytes of this rank.

#include <cohort/cohort.hpp>
#include <string>
#include <string_view>

void use(std::string text) { text.clear(); }

int main() {
  std::string_view text = "words";
  cohort::Process process(use, text);
}
