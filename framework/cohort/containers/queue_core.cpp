// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/queue_core.hpp"

#include <boost/core/demangle.hpp>

namespace cohort::detail {

void throw_closed(const std::type_info& type, const char* state, const char* call) {
  throw Closed(boost::core::demangle(type.name()) + " is " + state + ": " + call + " came after close()");
}

void throw_all_done(Word puts) {
  throw std::invalid_argument("task_done() was called more often than put(): " + std::to_string(puts) +
                              (puts == 1 ? " value was put" : " values were put"));
}

}  // namespace cohort::detail
