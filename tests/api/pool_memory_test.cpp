// SPDX-License-Identifier: BSL-1.0
// What pools take of the shared heap comes back, and a full heap is told.
#include "process/process_support.hpp"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <utility>

namespace cohort::test {
namespace {

std::size_t used() {
  return with_heap([](const auto& heap) { return heap_statistics(heap).used; });
}

std::string text(int n) { return std::string(200, static_cast<char>('a' + n % 26)); }
int fails(int n) {
  if (n % 5 == 4) throw std::runtime_error(std::string(300, 'x'));
  return n;
}

// Everything that makes jobs, ended in every way.
void use_pools() {
  Pool pool(3);
  const auto list = shared().list<int>();
  pool.map(text, range(100));
  pool.map_async(text, range(10));
  EXPECT_THROW(pool.map(fails, range(20)), RemoteError);
  pool.map([](int n) { return manager().list<int>({n}); }, range(20));
  pool.map(partial([](List<int>& to, int n) { to.append(n); }, list), range(20));
  pool.map([](const std::string& s) { return s; }, std::vector<std::string>{text(1), text(2)});
  pool.map([](int) { return std::vector<List<int>>{manager().list<int>()}; }, list);
  for (const auto& result : pool.imap(text, range(100))) {
    if (result == text(20)) break;
  }
  auto outcomes = pool.imap_unordered(fails, range(20));
  for (int i = 0; i < 15; ++i) {
    try {
      static_cast<void>(outcomes.next());
    } catch (const RemoteError&) {
    }
  }
  const auto futures = shared().list<Future<std::string>>();
  for (int i = 0; i < 5; ++i) futures.append(pool.apply_async(text, i));
  pool.map([](const Future<std::string>& f) { return f.get(); }, futures);
  pool.apply([] { return Pool(2).map(text, range(5)); });
  Pool with({.processes = 2, .initializer = partial([](List<int> to) { to.append(0); }, list)});
  with.map(text, {1, 2});
  Pool ended(1);
  std::vector<Future<std::string>> dropped;
  for (int i = 0; i < 10; ++i) dropped.push_back(ended.apply_async(text, i));
  dropped[9].cancel();
  ended.terminate();
  ended.join();
  EXPECT_THROW(ended.apply(text, 1), Closed);
}

// In kB, of this OS process.
long status(const std::string& what) {
  std::ifstream file("/proc/self/status");
  for (std::string name; file >> name;) {
    long value = 0;
    if (name == what + ":" && file >> value) return value;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

TEST(PoolMemory, AMapOfManyTakesAtMostThreeTimesItsResults) {
#ifdef COHORT_TEST_INSTRUMENTED
  GTEST_SKIP() << "a sanitizer keeps books of its own";
#endif
  on_manager([] {
    constexpr long kMany = 10'000'000;
    constexpr long kResults = kMany * long{sizeof(long)} / 1024;
    if (with_heap([](const auto& heap) { return heap_statistics(heap).capacity; }) <
        std::size_t{2048} * kResults)
      GTEST_SKIP() << "the heap has no room for the results; set COHORT_HEAP to 256M";
    Pool pool;
    pool.map([](long n) { return n; }, range(100L));
    std::ofstream("/proc/self/clear_refs") << 5;  // forget the peak
    if (status("VmHWM") > status("VmRSS") + 1024) GTEST_SKIP() << "this system does not forget the peak";
    const long before = status("VmRSS");
    const auto results = pool.map([](long n) { return n + 1; }, range(kMany));
    const long most = status("VmHWM") - before;
    EXPECT_EQ(results.back(), kMany);
    EXPECT_GE(most, kResults);
    EXPECT_LE(most, 3 * kResults) << "kB, for results of " << kResults;
  });
}

// COHORT_TEST_IMAP: another number of elements, for the full run.
TEST(PoolMemory, AnImapOfAnyLengthTakesConstantMemory) {
#ifdef COHORT_TEST_INSTRUMENTED
  GTEST_SKIP() << "a sanitizer keeps books of its own";
#endif
  on_manager([] {
    const char* given = std::getenv("COHORT_TEST_IMAP");
    const long many = given != nullptr ? std::atol(given) : rounds(200'000);
    Pool pool;
    for (const bool ordered : {true, false}) {
      const auto same = [](long n) { return n; };
      auto results = ordered ? pool.imap(same, range(many)) : pool.imap_unordered(same, range(many));
      const long tenth = many / 10;
      long sum = 0;
      long resident = 0;
      std::size_t most = 0;
      std::size_t early = 0;
      for (long i = 0; i < many; ++i) {
        sum += *results.next();
        if (i == tenth) resident = status("VmRSS");
        if (i % tenth == 0) most = std::max(most, used());
        if (i == tenth) early = std::exchange(most, 0);
      }
      EXPECT_FALSE(results.next());
      EXPECT_EQ(sum, many * (many - 1) / 2);
      EXPECT_LE(status("VmRSS"), resident + 4096) << "kB";
      EXPECT_LE(most, early + (std::size_t{2} << 20)) << "bytes of the shared heap";
    }
  });
}

TEST(PoolMemory, AllOfItComesBack) {
  on_manager(use_pools);
  on_manager(use_pools);
  const auto before = used();
  session().join();
  const int count = rounds(40);
  for (int round = 0; round < count; ++round) on_manager(use_pools);
  // (Each round makes some thirty objects of 128 B and more.)
  EXPECT_LT(used(), before + static_cast<std::size_t>(count) * 64);
  session().join();
}

constexpr std::size_t kLarge = std::size_t{1} << 20U;

// Leaves no room for so much in one piece.
void fill(const List<std::string>& list) {
  try {
    for (;;) list.append(std::string(kLarge / 2, 'x'));
  } catch (const OutOfSharedMemory&) {
  }
}

TEST(PoolMemory, AResultThatFindsNoRoomIsTold) {
  on_manager([] {
    Pool pool(2);
    const auto before = used();
    for (const std::size_t bytes : {std::size_t{1} << 30U}) {
      const auto large = [](std::size_t n) { return std::string(n / 4, 'x'); };
      try {
        pool.map(large, {bytes}, {.chunk = 1});
        ADD_FAILURE() << "it found room";
      } catch (const RemoteError& error) {
        EXPECT_EQ(error.type(), "cohort::OutOfSharedMemory");
        EXPECT_TRUE(has(error.message(), "COHORT_HEAP")) << error.what();
        EXPECT_EQ(error.index(), 0U);
      }
      auto results = pool.imap(large, {std::size_t{4}, bytes, std::size_t{8}}, {.chunk = 1});
      EXPECT_EQ(results.next(), "x");
      EXPECT_THROW(static_cast<void>(results.next()), RemoteError);
      EXPECT_EQ(results.next(), "xx");
      EXPECT_FALSE(results.next());
    }
    EXPECT_EQ(pool.apply([] { return 1; }), 1);
    EXPECT_LT(used(), before + 4096);
  });
}

TEST(PoolMemory, AnExceptionThatFindsNoRoomIsAFailureAllTheSame) {
  on_manager([] {
    Pool pool(2);
    const auto running = shared().value<int>();
    const auto go = shared().event();
    const auto fail_late = partial(
        [](Value<int> to, Event e, int n) -> int {
          ++to;
          e.wait();
          throw std::runtime_error(std::string(kLarge, 'x') + std::to_string(n));
        },
        running, go);
    const auto one = pool.apply_async(fail_late, 1);
    const auto many = pool.map_async(fail_late, range(1), {.chunk = 1});
    wait_for(running, 2);
    const auto filler = shared().list<std::string>();
    fill(filler);
    EXPECT_THROW(pool.apply([](const std::string& s) { return s; }, std::string(kLarge, 'x')),
                 OutOfSharedMemory);
    go.set();
    try {
      one.get();
      ADD_FAILURE() << "a task that threw has a result";
    } catch (const RemoteError& error) {
      EXPECT_EQ(error.type(), "unknown") << error.type();
      EXPECT_EQ(error.message(),
                "the shared heap was full, and the reason could not be kept (the rank has written it to its "
                "log); raise COHORT_HEAP");
      EXPECT_EQ(error.index(), std::nullopt);
    }
    try {
      many.get();
      ADD_FAILURE() << "a task that threw has a result";
    } catch (const RemoteError& error) {
      EXPECT_EQ(error.index(), 0U);
    }
    EXPECT_FALSE(one.successful());
    filler.clear();
    EXPECT_EQ(pool.apply([] { return 1; }), 1);
  });
}

}  // namespace
}  // namespace cohort::test
