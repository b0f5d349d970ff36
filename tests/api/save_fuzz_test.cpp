// SPDX-License-Identifier: BSL-1.0
// Manager::load() of files with changes by chance: damage is a DataError of load(), or of the value that has it; what
// is accepted can be opened and read whole, and all of it goes again.
#include "api/save_support.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "api/save_changes.hpp"
#include "api/save_corpus.hpp"
#include "cohort/containers/stored.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/statistics.hpp"

namespace cohort::test {
namespace {

// Objects that nothing else holds go with their names.
void forget_names() {
  with_heap([](const auto& heap) { Directory(heap).clear(); });
}
std::size_t heap_in_use() {
  return with_heap([](const auto& heap) { return heap_statistics(heap).used; });
}

// Some refer to each other in a circle, and stay for ever, as counted objects do.
bool has_circle(const StoredState& state) {
  std::vector<std::set<Word>> wanted;
  for (const auto& object : state.objects) {
    auto& others = wanted.emplace_back(object.objects.begin(), object.objects.end());
    for (const auto& blob : object.blobs) {
      for (const auto& link : blob.links) others.insert(link.object);
    }
  }
  std::set<Word> free;
  const auto is_free = [&free](Word number) { return free.contains(number); };
  for (std::size_t before = ~std::size_t{0}; free.size() != before;) {
    before = free.size();
    for (Word number = 0; number < wanted.size(); ++number) {
      if (std::ranges::all_of(wanted[number], is_free)) free.insert(number);
    }
  }
  return free.size() != wanted.size();
}

class SaveFuzz : public Save {
 protected:
  // Loads the file, reads all of it, and lets go of it. The types are those that the file has: what has another is not
  // opened.
  void load_and_read(const std::string& bytes) {
    write_file(path("changed"), bytes);
    std::vector<std::string> names;
    try {
      names = shared().load(path("changed"));
    } catch (const DataError&) {
      ++refused;
      return;
    } catch (const OutOfSharedMemory&) {  // elements so large that a Queue of them has no room
      ++refused;
      return;
    }
    ++accepted;
    const auto state = decode_state(std::as_bytes(std::span(bytes)), "changed");
    ASSERT_EQ(names.size(), state.names.size());
    for (const auto& [name, number] : state.names) {
      const auto reader = kReaders.find(state.objects[number].type);
      if (reader == kReaders.end()) continue;
      try {
        reader->second(name);
        ++read;
      } catch (const DataError&) {  // seen only by whoever knows the type
        ++damaged;
      }
    }
    forget_names();
    if (has_circle(state)) in_use = heap_in_use();
  }

  std::size_t in_use = 0;  // of the heap, without anything that was loaded
  int refused = 0;
  int accepted = 0;
  int read = 0;
  int damaged = 0;
};

TEST_F(SaveFuzz, EveryChangeIsADataErrorOrHarmless) {
  session().join();  // nobody needs the names that are there, as they go
  on_manager([this] {
    const auto inner = shared().list<int>({1, 2});
    make_objects(inner);
    const auto names = names_of_objects();
    shared().save(path("good"), names);
    forget_names();
    const std::string good = read_file(path("good"));
    load_and_read(good);
    ASSERT_EQ(read, std::ssize(names));
    ASSERT_GE(names.size(), kReaders.size());
    in_use = heap_in_use();

    Random random(seed());
    const char* given = std::getenv("COHORT_TEST_FUZZ_SECONDS");
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(given != nullptr ? std::atoi(given) : 1);
    for (int round = 0; round < 300 || std::chrono::steady_clock::now() < until; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      const bool fits = round % 8 != 0;
      std::string bytes = good;
      if (round % 2 != 0) {
        bytes = changed_state(good, random);
      } else {
        change_bytes(bytes, random);
        if (fits) make_fit(bytes);
      }
      const auto refused_before = refused;
      ASSERT_NO_THROW(load_and_read(bytes));
      if (!fits && bytes != good) {
        ASSERT_EQ(refused, refused_before + 1) << "the checksum does not fit";
      }
      ASSERT_EQ(heap_in_use(), in_use) << "something of what was loaded has stayed";
      if (HasFatalFailure()) return;
    }
    std::printf("%d refused, %d accepted with %d objects read and %d damaged\n", refused, accepted, read,
                damaged);
    EXPECT_GT(refused, 100);
    EXPECT_GT(accepted, 10);
    EXPECT_EQ(inner, (std::vector<int>{1, 2}));
  });
}

}  // namespace
}  // namespace cohort::test
