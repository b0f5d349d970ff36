// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "cohort/heap/wait_scan.hpp"

namespace cohort {

/// Who waits for what, held by whom, since when, from which line: a line each, under a headline.
std::string wait_table(const std::vector<ActorView>& actors);

/// Of actors of whom none can go on: the circle that they wait in, or what would have to come and from whom.
std::string hang_reason(const std::vector<ActorView>& actors);

}  // namespace cohort
