// SPDX-License-Identifier: BSL-1.0
// The main of tests that run on several ranks: one Session around all tests, and one verdict.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

#include "cohort/value.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

std::unique_ptr<Session> the_session;
std::uint64_t the_seed = 0;

// Only rank 0 prints the tests' names; every rank prints its failures.
class FailuresOnly : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "rank %d: %s:%d: %s\n", session().rank(),
                 result.file_name() != nullptr ? result.file_name() : "?", result.line_number(),
                 result.summary());
  }
};

std::uint64_t choose_seed() {
  if (const char* given = std::getenv("COHORT_TEST_SEED")) return std::strtoull(given, nullptr, 0);
  return std::random_device{}();
}

}  // namespace

Session& session() { return *the_session; }
std::uint64_t seed() { return the_seed; }

}  // namespace cohort::test

int main(int argc, char** argv) {
  using namespace cohort::test;
  ::testing::InitGoogleTest(&argc, argv);
  cohort::Options options;
  options.leaks = true;
  the_session = std::make_unique<cohort::Session>(argc, argv, options);
  auto& manager = session().manager();
  the_seed = manager.open<cohort::Value<std::uint64_t>>("test seed", choose_seed()).get();
  if (session().is_manager()) {
    std::printf("COHORT_TEST_SEED=%llu\n", static_cast<unsigned long long>(the_seed));
  } else {
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailuresOnly);
  }
  const int failed = RUN_ALL_TESTS();
  auto failures = manager.open<cohort::Value<int>>("failed ranks");
  if (failed != 0) ++failures;
  session().join();
  const int verdict = failures.get() != 0 ? 1 : 0;
  if (session().is_manager() && verdict != 0)
    std::printf("failed on %d of %d ranks\n", failures.get(), session().size());
  failures = {};
  the_session.reset();
  return verdict;
}
