// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>

namespace cohort {
namespace {

// The folder of this process's cgroup (version 2), and those above it: any of them may hold a limit.
template <class Visit>
void each_cgroup_folder(Visit visit) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::", 0) != 0) continue;
    for (std::string path = line.substr(3);; path.erase(path.find_last_of('/'))) {
      visit("/sys/fs/cgroup" + path + "/");
      if (path.empty() || path == "/" || path.find('/') == std::string::npos) break;
    }
  }
  visit(std::string("/sys/fs/cgroup/"));
}

template <class T>
bool first_number(const std::string& path, T& value) {
  std::ifstream file(path);
  return static_cast<bool>(file >> value);
}

// Files' pages that the kernel drops as soon as somebody needs memory.
unsigned long long cached_bytes(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  for (unsigned long long bytes = 0; file >> name >> bytes;) {
    if (name == "inactive_file") return bytes;
  }
  return 0;
}

}  // namespace

std::string affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::string mask;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return "1";
  for (int core = 0; core < CPU_SETSIZE; ++core)
    mask += CPU_ISSET(static_cast<unsigned>(core), &set) ? '1' : '0';
  mask.erase(mask.find_last_of('1') + 1);
  return mask;
}

int cores_of(const std::string& mask) {
  return std::max(1, static_cast<int>(std::count(mask.begin(), mask.end(), '1')));
}

std::string union_of_masks(std::string a, const std::string& b) {
  if (a.size() < b.size()) a.resize(b.size(), '0');
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (b[i] == '1') a[i] = '1';
  }
  return a;
}

int cgroup_cores() {
  int cores = std::numeric_limits<int>::max();
  each_cgroup_folder([&cores](const std::string& folder) {
    std::ifstream file(folder + "cpu.max");
    double quota = 0;
    double period = 0;
    if (file >> quota >> period && period > 0)
      cores = std::min(cores, std::max(1, static_cast<int>(quota / period)));
  });
  return cores;
}

unsigned long long cgroup_memory() {
  auto memory = std::numeric_limits<unsigned long long>::max();
  each_cgroup_folder([&memory](const std::string& folder) {
    unsigned long long limit = 0;
    unsigned long long used = 0;
    if (first_number(folder + "memory.max", limit)) {
      first_number(folder + "memory.current", used);
      used -= std::min(used, cached_bytes(folder + "memory.stat"));
      memory = std::min(memory, limit > used ? limit - used : 0ULL);
    }
  });
  return memory;
}

}  // namespace cohort
