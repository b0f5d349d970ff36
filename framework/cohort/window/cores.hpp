// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace cohort {

/// The cores that this process may run on, as "1" and "0" by number: "1101".
std::string affinity_mask();
/// How many cores are in any of the masks.
int cores_of(const std::string& mask_a);
std::string union_of_masks(std::string a, const std::string& b);
/// The cgroup's limit in whole cores, at least 1; a large number where there is none.
int cgroup_cores();
/// The cgroup's memory limit less what is used, in bytes; a large number where there is none.
unsigned long long cgroup_memory();

}  // namespace cohort
