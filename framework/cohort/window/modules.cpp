// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/modules.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <sstream>

#include "cohort/error.hpp"
#include "cohort/window/launch.hpp"

namespace cohort {
namespace {

struct Module {
  std::string build_id;
  std::string name;
  std::uintptr_t base = 0;
  std::uintptr_t first = 0;  // of its mapped bytes
  std::uintptr_t last = 0;
};

std::vector<Module> the_modules;  // by agreed index; base and last 0 where this rank lacks the module

std::string hex(const unsigned char* bytes, std::size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

// The linker's NT_GNU_BUILD_ID note; empty where there is none.
std::string build_id(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& part = info.dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const unsigned char*>(info.dlpi_addr + part.p_vaddr);
    const auto* end = at + part.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
      const auto* name = at + sizeof *note;
      const auto* bytes = name + (note->n_namesz + 3) / 4 * 4;
      if (note->n_type == NT_GNU_BUILD_ID && std::memcmp(name, "GNU", 4) == 0)
        return hex(bytes, note->n_descsz);
      at = bytes + (note->n_descsz + 3) / 4 * 4;
    }
  }
  return "";
}

// For a module that was linked without a build-id: a hash (FNV-1a) of its code.
std::string code_hash(const dl_phdr_info& info) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& part = info.dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const auto* code = reinterpret_cast<const unsigned char*>(info.dlpi_addr + part.p_vaddr);
    for (std::size_t at = 0; at < part.p_filesz; ++at) hash = (hash ^ code[at]) * 0x100000001b3;
  }
  return "code-" + std::to_string(hash);
}

std::string program_path() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "program";
}

int collect(dl_phdr_info* info, std::size_t, void* list) {
  Module module;
  module.build_id = build_id(*info);
  if (module.build_id.empty()) module.build_id = code_hash(*info);
  module.name = info->dlpi_name;
  module.base = info->dlpi_addr;
  module.first = UINTPTR_MAX;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    module.first = std::min<std::uintptr_t>(module.first, info->dlpi_addr + part.p_vaddr);
    module.last = std::max<std::uintptr_t>(module.last, info->dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  static_cast<std::vector<Module>*>(list)->push_back(std::move(module));
  return 0;
}

}  // namespace

void Modules::agree(const Launch& launch) {
  std::vector<Module> mine;
  ::dl_iterate_phdr(collect, &mine);  // the executable comes first
  mine.front().name = program_path();

  const auto programs = launch.gather(mine.front().build_id + " " + mine.front().name);
  const auto id_of = [](const std::string& program) { return program.substr(0, program.find(' ')); };
  std::string problem;
  for (std::size_t rank = 1; rank < programs.size() && problem.empty(); ++rank) {
    if (id_of(programs[rank]) != id_of(programs[0])) {
      problem = "rank " + std::to_string(rank) +
                " runs another program than rank 0 (build-id and path): " + programs[rank] + " against " +
                programs[0] + "; launch one binary on all ranks";
    }
  }
  launch.agree(problem);

  std::string listed;
  for (const auto& module : mine) listed += module.build_id + "\n";
  std::istringstream agreed(launch.broadcast(listed));
  the_modules.clear();
  for (std::string id; std::getline(agreed, id);) {
    const auto found =
        std::find_if(mine.begin(), mine.end(), [&id](const Module& m) { return m.build_id == id; });
    the_modules.push_back(found != mine.end() ? *found : Module{id, "", 0, 0, 0});
  }
}

Token Modules::token_or_none(const void* place) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(place);
  for (std::size_t i = 0; i < the_modules.size(); ++i) {
    if (at >= the_modules[i].first && at < the_modules[i].last)
      return (Token{i} << 48) | (at - the_modules[i].base);
  }
  return 0;
}

Token Modules::token(const void* place) {
  if (const Token token = token_or_none(place); token != 0) return token;
  if (the_modules.empty()) {
    throw UsageError("no session is running; call cohort::run, or make a cohort::Session first");
  }
  throw UsageError("a function of a library that was loaded after the start cannot travel to other ranks");
}

const void* Modules::place(Token token) {
  const auto index = static_cast<std::size_t>(token >> 48);
  if (index >= the_modules.size() || the_modules[index].last == 0) {
    throw UsageError("this rank has not loaded a library that another rank's Process comes from");
  }
  return reinterpret_cast<const void*>(the_modules[index].base + (token & ((Token{1} << 48) - 1)));
}

}  // namespace cohort
