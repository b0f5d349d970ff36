// SPDX-License-Identifier: BSL-1.0
// Many writers and readers at once: the ranks, and where those are few, several threads of each.
#pragma once

#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/support.hpp"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define COHORT_TEST_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define COHORT_TEST_INSTRUMENTED 1
#endif
#endif

namespace cohort::test {

inline int threads_of_a_rank() { return ranks() == 1 ? 4 : ranks() == 2 ? 2 : 1; }
inline int all_parties_count() { return ranks() * threads_of_a_rank(); }

// So many repetitions, shared out where there are many parties, fewer where each takes long.
// COHORT_TEST_SCALE multiplies them, for a night's run.
inline int repetitions(int count) {
  const char* scale = std::getenv("COHORT_TEST_SCALE");
  const char* window = std::getenv("COHORT_WINDOW");
  double wanted = count * (scale != nullptr ? std::strtod(scale, nullptr) : 1.0);
  wanted *= 4.0 / (all_parties_count() < 4 ? 4 : all_parties_count());
  if (window != nullptr && std::string_view(window) == "rma") wanted /= 4;
#ifdef COHORT_TEST_INSTRUMENTED
  wanted /= 8;
#endif
  return wanted < 20 ? 20 : static_cast<int>(wanted);
}

// One of those that act at the same time.
class Party {
 public:
  Party(int index, cohort::List<int> gate)
      : index_(index), gate_(std::move(gate)), random_(seed() + 1000003ULL * static_cast<unsigned>(index)) {}

  int index() const { return index_; }
  static int count() { return all_parties_count(); }
  bool first() const { return index_ == 0; }

  // Returns when all parties have called it as often as this one. It looks without sleeping, so that all go
  // on within less than a system call.
  void meet() {
    arrived_ += count();
    gate_[0] += 1;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(100);
    while (gate_.get(0) < arrived_) {
      if (std::chrono::steady_clock::now() > limit)
        throw std::runtime_error("the other parties did not come");
      std::this_thread::yield();
    }
  }

  // A number from 0 to below.
  int random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  // A value that nobody else makes.
  std::int64_t tagged(int n) const { return (std::int64_t{index_ + 1} << 32) + n; }

 private:
  int index_;
  int arrived_ = 0;
  cohort::List<int> gate_;
  std::mt19937_64 random_;
};

inline int writer_of(std::int64_t tagged) { return static_cast<int>(tagged >> 32) - 1; }
inline int number_of(std::int64_t tagged) { return static_cast<int>(tagged & 0xFFFFFFFF); }

// A list that every rank finds under the name of the running test and `suffix`.
template <class T>
cohort::List<T> shared_list(const std::string& suffix = "") {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = std::string(test->test_suite_name()) + "." + test->name() + "/" + suffix;
  return session().manager().open<cohort::List<T>>(name);
}

// The same list, filled by rank 0 before anybody looks at it. Collective.
template <class T>
cohort::List<T> shared_list(const std::string& suffix, const std::vector<T>& content) {
  const auto list = shared_list<T>(suffix);
  if (session().rank() == 0) list.extend(content);
  session().join();
  return list;
}

// Each run has a gate of its own, which starts at nought. The same on all ranks.
inline int gates_made = 0;

// Runs body(Party&) in every party and waits for all of them on all ranks.
template <class Body>
void all_parties(const Body& body) {
  const auto gate = shared_list<int>("gate" + std::to_string(++gates_made), {0});
  const auto run = [&](int index) {
    try {
      Party party(index, gate);
      party.meet();
      body(party);
    } catch (const std::exception& error) {
      ADD_FAILURE() << "thrown in party " << index << ": " << error.what();
    }
  };
  std::vector<std::thread> threads;
  for (int n = 0; n < threads_of_a_rank(); ++n)
    threads.emplace_back(run, session().rank() * threads_of_a_rank() + n);
  for (auto& thread : threads) thread.join();
  session().join();
}

}  // namespace cohort::test
