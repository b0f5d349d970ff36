// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "pieces.hpp"
#include "words.hpp"

namespace wordcount {

/// The baseline: one loop over all files, without Cohort. What the ranks count must equal it.
Table count_serial(const std::vector<File>& files);

}  // namespace wordcount
