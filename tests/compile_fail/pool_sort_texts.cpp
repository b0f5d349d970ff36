// SPDX-License-Identifier: BSL-1.0

// Texts are not trivially copyable: list.sort() sorts them.

#include <cohort/cohort.hpp>

void sort(cohort::Pool& pool, cohort::List<std::string> list) { pool.sort(list); }
