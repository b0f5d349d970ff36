// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <cstddef>
#include <string>

namespace bench {

/// Shared memory whose name is gone at once: forked children inherit the mapping, and nothing stays behind.
inline boost::interprocess::managed_shared_memory unlinked_segment(std::size_t bytes) {
  namespace ipc = boost::interprocess;
  const std::string name = "cohort-bench-" + std::to_string(::getpid());
  ipc::managed_shared_memory segment(ipc::create_only, name.c_str(), bytes);
  ipc::shared_memory_object::remove(name.c_str());
  return segment;
}

}  // namespace bench
