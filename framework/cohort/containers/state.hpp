// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// See Manager::save().
void save_state(const std::string& path, const std::vector<std::string>& names);
/// See Manager::load().
std::vector<std::string> load_state(const std::string& path, std::uint64_t creator);

}  // namespace cohort
