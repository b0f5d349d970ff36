// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/queue_core.hpp"

#include <boost/core/demangle.hpp>

namespace cohort::detail {

void throw_closed(const std::type_info& type, Closedness state, const char* call) {
  const bool empty = state == Closedness::closed_and_empty;
  throw Closed(boost::core::demangle(type.name()) + " is closed" + (empty ? " and empty: " : ": ") + call +
               (empty ? " finds nothing more" : " is refused"));
}

void throw_all_done(Word puts) {
  throw std::invalid_argument("task_done() was called more often than put(): " + std::to_string(puts) +
                              (puts == 1 ? " value was put" : " values were put"));
}

}  // namespace cohort::detail
