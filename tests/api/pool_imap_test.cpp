// SPDX-License-Identifier: BSL-1.0
// imap: reads as much as it must, gives each result once, and goes on after a failure.
#include "process/process_support.hpp"

#include <optional>
#include <ranges>

namespace cohort::test {
namespace {

int same(int n) { return n; }
int third_fails(int n) {
  if (n % 3 == 2) throw std::runtime_error("third");
  return n;
}

// Numbers that count how many have been made. To go to the next one makes it, as with a stream.
class Counted {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    explicit iterator(Counted* all) : all_(all) {}
    int operator*() const { return all_->made_ - 1; }
    iterator& operator++() {
      ++all_->made_;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return all_->made_ > all_->count_; }

   private:
    Counted* all_;
  };
  explicit Counted(int count) : count_(count) {}
  iterator begin() {
    ++made_;
    return iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }
  int made() const { return made_; }

 private:
  int count_;
  int made_ = 0;
};

TEST(Imap, ReadsAtMostAWindowAhead) {
  on_manager([] {
    Pool pool;
    for (const bool ordered : {true, false}) {
      for (const std::size_t chunk : {0U, 1U, 7U, 100U}) {
        Counted numbers(1000);
        const MapOptions options{.chunk = chunk, .window = 20};
        auto results =
            ordered ? pool.imap(same, numbers, options) : pool.imap_unordered(same, numbers, options);
        EXPECT_EQ(numbers.made(), 0) << "nothing is read before it is wanted";
        int given = 0;
        long sum = 0;
        while (const auto result = results.next()) {
          EXPECT_LE(numbers.made(), given + 20) << chunk;
          ++given;
          sum += *result;
          if (ordered) {
            EXPECT_EQ(*result, given - 1);
          }
        }
        EXPECT_EQ(given, 1000);
        EXPECT_EQ(sum, 999 * 500);
        EXPECT_FALSE(results.next());
      }
    }
  });
}

TEST(Imap, OfOneAtATimeWaitsForNoFurtherElement) {
  on_manager([] {
    Pool pool;
    Counted numbers(5);
    auto results = pool.imap(same, numbers, {.window = 1});
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(results.next(), i);
      EXPECT_EQ(numbers.made(), i + 1);
    }
    EXPECT_FALSE(results.next());
  });
}

TEST(Imap, OfVeryManyTakesLittleMemory) {
  on_manager([] {
    const int count = rounds(1000) * 1000;
    Pool pool;
    const auto used = [] { return with_heap([](const auto& heap) { return heap_statistics(heap).used; }); };
    const auto before = used();
    std::size_t most = 0;
    Counted numbers(count);
    int given = 0;
    for (const int result : pool.imap(same, numbers)) {
      ASSERT_EQ(result, given);
      if (++given % 10'000 == 0) most = std::max(most, used());
    }
    EXPECT_EQ(given, count);
    EXPECT_LT(most, before + (std::size_t{16} << 20U));
  });
}

TEST(Imap, OfAnEndlessRangeIsLeftEarly) {
  on_manager([] {
    Pool pool;
    const auto done = shared().value<int>();
    const auto count = partial(
        [](Value<int> to, int n) {
          ++to;
          return n;
        },
        done);
    for (const int result : pool.imap(count, std::views::iota(0), {.window = 50})) {
      if (result == 100) break;
    }
    EXPECT_LE(done.get(), 151);
    for (const int result : pool.imap_unordered(count, std::views::iota(0), {.window = 50})) {
      if (result >= 0) break;
    }
    EXPECT_LE(done.get(), 202);
    pool.close();
    pool.join();
  });
}

TEST(Imap, LeftEarlyDropsWhatHasNotBegun) {
  on_manager([] {
    Pool pool(1);
    const auto done = shared().value<int>();
    const auto go = shared().event();
    {
      auto results = pool.imap(partial(
                                   [](Value<int> to, Event e, int n) {
                                     ++to;
                                     if (n > 0) e.wait();
                                     return n;
                                   },
                                   done, go),
                               range(1000), {.chunk = 1, .window = 100});
      EXPECT_EQ(results.next(), 0);
    }
    go.set();
    pool.close();
    pool.join();
    EXPECT_LE(done.get(), 2);
  });
}

TEST(Imap, GoesOnAfterAFailure) {
  on_manager([] {
    Pool pool;
    for (const std::size_t chunk : {0U, 1U, 4U, 100U}) {
      for (const bool ordered : {true, false}) {
        auto results = ordered ? pool.imap(third_fails, range(31), {.chunk = chunk})
                               : pool.imap_unordered(third_fails, range(31), {.chunk = chunk});
        std::vector<int> seen(31, 0);
        int failed = 0;
        for (int i = 0; i < 31; ++i) {
          try {
            const auto result = results.next();
            ASSERT_TRUE(result);
            if (ordered) {
              EXPECT_EQ(*result, i);
            }
            ++seen[static_cast<std::size_t>(*result)];
          } catch (const RemoteError& error) {
            EXPECT_EQ(error.message(), "third");
            ASSERT_TRUE(error.index());
            if (ordered) {
              EXPECT_EQ(*error.index(), static_cast<std::size_t>(i));
            }
            ++seen[*error.index()];
            ++failed;
          }
        }
        EXPECT_FALSE(results.next());
        EXPECT_EQ(failed, 10);
        EXPECT_EQ(seen, std::vector<int>(31, 1));
      }
    }
  });
}

TEST(Imap, TakesContainersAndKeepsTemporaries) {
  on_manager([] {
    Pool pool;
    const auto collect = [](auto&& results) {
      std::vector<std::string> all;
      for (auto& result : results) all.push_back(std::move(result));
      return all;
    };
    const auto shout = [](const std::string& s) { return s + "!"; };
    const std::vector<std::string> expected{"a!", "b!"};
    const std::vector<std::string> constant{"a", "b"};
    EXPECT_EQ(collect(pool.imap(shout, constant)), expected);
    EXPECT_EQ(collect(pool.imap(shout, std::vector<std::string>{"a", "b"})), expected);
    EXPECT_EQ(collect(pool.imap(shout, {std::string("a"), std::string("b")})), expected);
    EXPECT_EQ(collect(pool.imap(shout, shared().list<std::string>({"a", "b"}))), expected);
    EXPECT_EQ(collect(pool.imap(shout, std::vector<std::string>())), std::vector<std::string>());
    std::vector<bool> flags;
    for (const bool flag : pool.imap([](bool b) { return !b; }, std::vector<bool>{true, false}))
      flags.push_back(flag);
    EXPECT_EQ(flags, (std::vector<bool>{false, true}));
    EXPECT_EQ(collect(pool.imap(shout, std::views::iota(0, 2) | std::views::transform([](int n) {
                                         return std::string(1, static_cast<char>('a' + n));
                                       }))),
              expected);
    // A chunk larger than there is memory for is as large as there are elements.
    int count = 0;
    for (const int n : pool.imap(same, range(10), {.chunk = std::size_t{1} << 60U})) count += n;
    EXPECT_EQ(count, 45);
    EXPECT_EQ(pool.map(same, range(5), {.chunk = ~std::size_t{0}}).size(), 5U);
  });
}

TEST(Imap, ThatWasBegunGoesOnAfterClose) {
  on_manager([] {
    Pool pool(2);
    auto results = pool.imap(same, range(100), {.chunk = 1, .window = 3});
    EXPECT_EQ(results.next(), 0);
    pool.close();
    EXPECT_THROW(pool.imap(same, range(3)), Closed);
    for (int i = 1; i < 100; ++i) ASSERT_EQ(results.next(), i);
    EXPECT_FALSE(results.next());
    pool.join();
  });
}

TEST(Imap, OfATerminatedPoolEndsWithAnError) {
  on_manager([] {
    Pool pool(1);
    auto results = pool.imap(same, range(100), {.chunk = 1, .window = 3});
    EXPECT_EQ(results.next(), 0);
    pool.terminate();
    const auto drain = [&results] {
      while (results.next()) {
      }
    };
    int cancelled = 0;
    for (;;) {
      try {
        drain();
        ADD_FAILURE() << "it ended as if all had been done";
        break;
      } catch (const Cancelled&) {
        ASSERT_LE(++cancelled, 3);
      } catch (const Closed&) {
        break;
      }
    }
    EXPECT_THROW(drain(), Closed);
  });
}

}  // namespace
}  // namespace cohort::test
