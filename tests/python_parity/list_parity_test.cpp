// SPDX-License-Identifier: BSL-1.0
// Python is the model: random operations run on List and on a list of the real python3, and every result,
// every error and the content after every step must agree.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "list_operation.hpp"
#include "list_replay.hpp"
#include "list_script.hpp"
#include "python.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kSequences = 200;
constexpr std::size_t kOperations = 60;

template <class T>
struct Sequence {
  std::vector<T> content;
  std::vector<ListOperation<T>> operations;
};

template <class T>
std::vector<Sequence<T>> draw_sequences() {
  std::vector<Sequence<T>> sequences(kSequences);
  std::uint64_t number = 0;
  for (auto& sequence : sequences) {
    ListOperationSource<T> source(seed() + 0x9E3779B97F4A7C15ULL * ++number);
    sequence.content = source.values(10);
    for (std::size_t k = 0; k < kOperations; ++k) sequence.operations.push_back(source.next());
  }
  return sequences;
}

template <class T>
std::string script_of(const Sequence<T>& sequence, std::size_t operations) {
  ListScript script;
  script.begin(sequence.content);
  for (std::size_t k = 0; k < operations; ++k) script.add(sequence.operations[k]);
  return script.text();
}

// What the run touched, so that a generator that has gone blind is noticed.
struct Coverage {
  std::array<std::size_t, kListOperationKinds> kinds{};
  std::size_t index_errors = 0;
  std::size_t value_errors = 0;

  void add(ListOperationKind kind, std::string_view line) {
    ++kinds[static_cast<std::size_t>(kind)];
    if (line.ends_with("|IndexError")) ++index_errors;
    if (line.ends_with("|ValueError")) ++value_errors;
  }
};

template <class T>
void compare_with_python() {
  const auto sequences = draw_sequences<T>();
  ListScript script;
  for (const auto& sequence : sequences) {
    script.begin(sequence.content);
    for (const auto& operation : sequence.operations) script.add(operation);
  }
  const std::vector<std::string> expected = run_python(script.program());
  ASSERT_EQ(expected.size(), kSequences * kOperations);

  Coverage coverage;
  std::size_t line = 0;
  for (std::size_t n = 0; n < sequences.size(); ++n) {
    const auto list = session().manager().list(sequences[n].content);
    for (std::size_t k = 0; k < kOperations; ++k, ++line) {
      const std::string answer = replay(sequences[n].operations[k], list);
      ASSERT_EQ(answer, expected[line])
          << "seed " << seed() << ", sequence " << n << ", operation " << k << ":\n"
          << script_of(sequences[n], k + 1);
      coverage.add(sequences[n].operations[k].kind, answer);
    }
  }
  for (std::size_t kind = 0; kind < kListOperationKinds; ++kind)
    EXPECT_GE(coverage.kinds[kind], 5U) << "operation " << kind << " was hardly tried";
  EXPECT_GE(coverage.index_errors, 100U);
  EXPECT_GE(coverage.value_errors, 100U);
}

TEST(ListParity, IntegersBehaveAsInPython) {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    compare_with_python<int>();
  });
}

TEST(ListParity, StringsBehaveAsInPython) {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    compare_with_python<std::string>();
  });
}

// The comparison itself must be able to fail: one wrong operation among right ones is found.
TEST(ListParity, ADifferenceIsSeen) {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    ListOperation<int> pop;
    pop.kind = ListOperationKind::pop;
    ListScript script;
    script.begin(std::vector{1, 2, 3});
    script.add(pop);
    script.add(pop);
    const auto lines = run_python(script.program());
    ASSERT_EQ(lines, (std::vector<std::string>{"[1,2]|3", "[1]|2"}));
    const auto list = session().manager().list<int>({1, 2, 3});
    EXPECT_EQ(replay(pop, list), lines[0]);
    list.reverse();
    EXPECT_NE(replay(pop, list), lines[1]);
  });
}

}  // namespace
}  // namespace cohort::test
