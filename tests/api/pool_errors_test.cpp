// SPDX-License-Identifier: BSL-1.0
// How tasks fail, and what a pool's initializer is for.
#include "process/process_support.hpp"

namespace cohort::test {

struct BadAtEncoding {
  int number = 0;
  std::string text = {};
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& number;
    if (number == 3) throw std::domain_error("three cannot be written");
    archive& text;
  }
};

namespace {

int odd_fails(int n) {
  if (n % 2 == 1) throw std::out_of_range("odd: " + std::to_string(n));
  return n;
}

TEST(PoolFailure, NamesTypeTextElementRankAndProcess) {
  on_manager([] {
    Pool pool;
    const auto error = remote_error([&] { pool.map(odd_fails, {0, 2, 5, 6}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type(), "std::out_of_range");
    EXPECT_EQ(error->message(), "odd: 5");
    EXPECT_EQ(error->index(), 2U);
    EXPECT_TRUE(error->rank() >= 0 && error->rank() < ranks());
    EXPECT_FALSE(error->process().empty());
    EXPECT_TRUE(has(error->what(), "element 2")) << error->what();
    const auto single = remote_error([&] { pool.apply(odd_fails, 7); });
    ASSERT_TRUE(single);
    EXPECT_EQ(single->index(), std::nullopt);
    EXPECT_EQ(single->message(), "odd: 7");
    const auto text =
        remote_error([&] { pool.map([](const std::string& s) { return s.at(9); }, {std::string("x")}); });
    EXPECT_EQ(text->index(), 0U);
    EXPECT_EQ(pool.map(odd_fails, {2, 4}), (std::vector<int>{2, 4}));  // the pool goes on
  });
}

TEST(PoolFailure, OfTheLowestElementIsTold) {
  on_manager([] {
    Pool pool;
    for (const std::size_t chunk : {0U, 1U, 3U, 100U}) {
      for (int round = 0; round < rounds(20); ++round) {
        const auto error = remote_error([&] { pool.map(odd_fails, range(50), {.chunk = chunk}); });
        ASSERT_EQ(error->message(), "odd: 1") << chunk;
      }
    }
  });
}

// Two that have begun, and one throws after the other.
TEST(PoolFailure, OfTheLowestElementIsToldWhicheverCameFirst) {
  on_manager([] {
    Pool pool(2);
    for (int round = 0; round < rounds(20); ++round) {
      const auto error = remote_error([&] {
        pool.map(partial(
                     [](Value<int> begun, Event thrown, int late, int n) {
                       ++begun;
                       wait_for(begun, 2);
                       if (n == late) thrown.wait();
                       thrown.set();
                       throw std::runtime_error(std::to_string(n));
                     },
                     shared().value<int>(), shared().event(), round % 2),
                 range(2), {.chunk = 1});
      });
      ASSERT_EQ(error->message(), "0");
      ASSERT_EQ(error->index(), 0U);
    }
  });
}

TEST(PoolFailure, DropsWhatHasNotBegunAndWaitsForTheOthers) {
  on_manager([] {
    Pool pool;
    const auto begun = shared().value<int>();
    const auto ended = shared().value<int>();
    const auto future = pool.map_async(partial(
                                           [](Value<int> b, Value<int> e, int n) {
                                             ++b;
                                             if (n == 5) throw std::runtime_error("five");
                                             ++e;
                                           },
                                           begun, ended),
                                       range(100'000), {.chunk = 1});
    EXPECT_EQ(remote_error([&] { future.get(); })->index(), 5U);
    EXPECT_EQ(begun.get(), ended.get() + 1);
    EXPECT_LT(begun.get(), 100'000);
    EXPECT_TRUE(future.ready());
    EXPECT_FALSE(future.successful());
  });
}

TEST(PoolFailure, MayBeAnythingThatIsThrown) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(remote_error([&] { pool.apply([] { throw 42; }); })->type(), "int");
    EXPECT_EQ(remote_error([&] { pool.map([](int) { throw "text"; }, {1}); })->type(), "char const*");
    const auto exit = remote_error([&] { pool.map([](int n) { this_process::exit(n); }, {7}); });
    EXPECT_TRUE(has(exit->message(), "exit with 7")) << exit->what();
    const auto inner = remote_error([&] { pool.apply([] { Pool(1).map(odd_fails, {1}); }); });
    EXPECT_EQ(inner->type(), "cohort::RemoteError");
    EXPECT_TRUE(has(inner->message(), "odd: 1")) << inner->what();
    EXPECT_EQ(remote_error([&] { pool.apply([] { throw std::runtime_error(std::string(100'000, 'x')); }); })
                  ->message()
                  .size(),
              100'000U);
    EXPECT_EQ(pool.apply([] { return 1; }), 1);
  });
}

TEST(PoolFailure, OfAResultThatCannotBeWrittenIsThatTasks) {
  on_manager([] {
    Pool pool;
    const auto make = [](int n) { return BadAtEncoding{n, "text"}; };
    const auto error = remote_error([&] { pool.map(make, range(6)); });
    EXPECT_EQ(error->index(), 3U);
    EXPECT_EQ(error->message(), "three cannot be written");
    auto all = pool.imap(make, range(6), {.chunk = 6});
    for (int n = 0; n < 6; ++n) {
      if (n != 3) {
        EXPECT_EQ(all.next()->number, n);
      } else {
        EXPECT_EQ(remote_error([&] { static_cast<void>(all.next()); })->index(), 3U);
      }
    }
    EXPECT_FALSE(all.next());
  });
}

TEST(PoolFailure, OfAnElementThatCannotBeWrittenIsTheCallers) {
  on_manager([] {
    Pool pool;
    const std::vector<BadAtEncoding> elements{{1, ""}, {3, ""}};
    EXPECT_THROW(pool.map([](const BadAtEncoding& b) { return b.number; }, elements), std::domain_error);
    EXPECT_THROW(pool.apply([](const BadAtEncoding& b) { return b.number; }, elements[1]), std::domain_error);
    EXPECT_EQ(pool.apply([] { return 1; }), 1);
  });
}

void count_here(List<int> count) { count[this_process::rank()] += 1; }

TEST(PoolInitializer, RunsOnceInEachRankThatWorks) {
  on_manager([] {
    const auto counts = shared().list<int>(static_cast<std::size_t>(ranks()), 0);
    const auto works = shared().list<int>(static_cast<std::size_t>(ranks()), 0);
    Pool pool({.processes = 2 * ranks(), .initializer = partial(count_here, counts)});
    for (int round = 0; round < 3; ++round)
      pool.map(partial([](List<int> to, int) { to[this_process::rank()] = 1; }, works), range(100),
               {.chunk = 1});
    const auto before = counts.copy();
    for (std::size_t rank = 0; rank < before.size(); ++rank) {
      EXPECT_LE(before[rank], 1) << rank;
      if (works.get(rank) != 0) {
        EXPECT_EQ(before[rank], 1) << rank;
      }
    }
    Pool other({.initializer = partial(count_here, counts)});
    other.apply([] {});
    int sum = 0;
    for (const int n : counts.copy()) sum += n;
    for (const int n : before) sum -= n;
    EXPECT_EQ(sum, 1);
  });
}

TEST(PoolInitializer, ThatThrowsIsToldAndTriedAgain) {
  on_manager([] {
    const auto fails = shared().value<int>(1);
    Pool pool({.processes = 1,
               .initializer = partial(
                   [](Value<int> to) {
                     if (to.get() != 0) throw std::runtime_error("not yet");
                     ++to;
                   },
                   fails)});
    EXPECT_EQ(remote_error([&] { pool.apply([] {}); })->message(), "not yet");
    const auto error = remote_error([&] { pool.map([](int) {}, range(10)); });
    EXPECT_EQ(error->message(), "not yet");
    EXPECT_EQ(error->index(), std::nullopt);
    auto all = pool.imap([](int n) { return n; }, range(3), {.chunk = 3});
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(remote_error([&] { static_cast<void>(all.next()); })->index(), i);
    EXPECT_FALSE(all.next());
    fails.set(0);
    EXPECT_EQ(pool.apply([] { return 3; }), 3);
  });
}

TEST(PoolInitializer, ThatUsesItsOwnPoolIsToldSo) {
  on_manager([] {
    static Pool* self = nullptr;
    Pool pool({.processes = 1, .initializer = [] { self->map([](int) {}, range(3)); }});
    self = &pool;
    EXPECT_EQ(
        remote_error([&] { pool.apply([] {}); })->message(),
        "a Pool's initializer cannot give work to its own pool: no task there begins before it is over");
  });
}

}  // namespace
}  // namespace cohort::test
