// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the command line asks for, as far as every rank has to know it.

#include <cstdint>
#include <string>

namespace farm {

enum class LogMode : std::uint8_t { files, failed_only, single, none };
enum class FailFast : std::uint8_t { no, drain, kill };

struct Settings {
  std::string journal;
  std::string logs = "logs";  ///< the folder
  LogMode log = LogMode::files;
  std::string temporary;    ///< the folder of all FARM_TMPDIRs
  std::uint64_t tasks = 0;  ///< in the list
  int retries = 0;
  double retry_delay = 0;  ///< seconds, as all times here
  double timeout = 0;      ///< 0: none
  double grace = 5;        ///< between SIGTERM and SIGKILL
  std::uint64_t memory_limit = 0;
  std::uint64_t max_fails = 0;  ///< 0: any number
  FailFast fail_fast = FailFast::no;
  double last_moment = 0;  ///< what runs is ended then, and nothing begun that would not end before; 0: none

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& journal& logs& log& temporary& tasks& retries& retry_delay& timeout& grace& memory_limit&
        max_fails& fail_fast& last_moment;
  }
};

}  // namespace farm
