// SPDX-License-Identifier: BSL-1.0
// How tasks fail, how a pool ends, and what its initializer is for.
#include "process/process_support.hpp"

#include <optional>

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

template <class Act>
std::optional<RemoteError> remote_error(Act act) {
  try {
    act();
  } catch (const RemoteError& error) {
    return error;
  }
  ADD_FAILURE() << "no RemoteError";
  return std::nullopt;
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

TEST(PoolEnd, AClosedPoolEndsItsWorkAndTakesNoMore) {
  on_manager([] {
    const auto done = shared().value<int>();
    Pool pool(2);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 50; ++i) futures.push_back(pool.apply_async([](Value<int> to) { ++to; }, done));
    EXPECT_TRUE(has(usage_error([&] { pool.join(); }), "close()"));
    pool.close();
    pool.close();
    try {
      pool.apply([] {});
      ADD_FAILURE() << "taken";
    } catch (const Closed& closed) {
      EXPECT_TRUE(has(closed.what(), "pool is closed")) << closed.what();
    }
    EXPECT_THROW(pool.map([](int) {}, {1}), Closed);
    EXPECT_THROW(pool.map_async([](int) {}, {1}), Closed);
    EXPECT_THROW(pool.imap([](int n) { return n; }, {1}), Closed);
    pool.join();
    EXPECT_EQ(done.get(), 50);
    for (const auto& future : futures) EXPECT_TRUE(future.ready() && future.successful());
    pool.join();
  });
}

TEST(PoolEnd, ADestroyedPoolHasEndedItsWork) {
  on_manager([] {
    const auto done = shared().value<int>();
    std::optional<Future<int>> future;
    {
      Pool pool;
      for (int i = 0; i < 20; ++i) static_cast<void>(pool.apply_async([](Value<int> to) { ++to; }, done));
      future = pool.apply_async([] { return 3; });
    }
    EXPECT_EQ(done.get(), 20);
    EXPECT_EQ(future->get(), 3);
    EXPECT_EQ(future->get(), 3);
  });
}

TEST(PoolEnd, TerminateDropsWhatHasNotBegunAndTellsWhatRuns) {
  on_manager([] {
    const auto running = shared().value<int>();
    Pool pool(1);
    const auto first = pool.apply_async(
        [](Value<int> to) {
          ++to;
          const auto nobody = manager().event();
          while (!this_process::stop_requested()) nobody.wait(1ms);
          return 1;
        },
        running);
    const auto second = pool.map_async([](int n) { return n; }, range(10));
    wait_for(running, 1);
    EXPECT_FALSE(this_process::stop_requested());
    pool.terminate();
    EXPECT_THROW(second.get(), Cancelled);
    EXPECT_FALSE(second.successful());
    EXPECT_EQ(first.get(), 1);
    pool.join();
    EXPECT_THROW(pool.apply([] {}), Closed);
  });
}

TEST(PoolEnd, WhileAnExceptionPassesItDoesNotWait) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto go = shared().event();
    std::optional<Future<void>> held;
    std::optional<Future<void>> dropped;
    try {
      Pool pool(1);
      held = pool.apply_async(
          [](Value<int> to, Event e) {
            ++to;
            e.wait();
          },
          running, go);
      wait_for(running, 1);
      dropped = pool.apply_async([] {});
      throw std::runtime_error("passes");
    } catch (const std::runtime_error&) {
      EXPECT_FALSE(held->ready());
    }
    EXPECT_THROW(dropped->get(), Cancelled);
    go.set();
    held->get();
    EXPECT_TRUE(held->successful());
  });
}

TEST(PoolMisuse, IsRefusedWithASentence) {
  on_manager([] {
    EXPECT_THROW(Pool(0), std::invalid_argument);
    EXPECT_THROW(Pool(-2), std::invalid_argument);
    EXPECT_THROW(Pool({.processes = -1}), std::invalid_argument);
    EXPECT_NE(usage_error([] { Pool({.isolation = Isolation::child}); }), "");
    EXPECT_NE(usage_error([] { Pool({.max_tasks_per_child = 3}); }), "");
    Pool pool(2);
    EXPECT_TRUE(has(usage_error([&] { pool.map_async([](int) {}, {1}, {.progress = "x"}); }), "map_async"));
    static Pool* same = nullptr;  // a task of this rank can reach it
    same = &pool;
    pool.close();
    pool.join();
    Pool own(1);
    same = &own;
    const auto here = shared().value<int>(this_process::rank());
    const auto error = remote_error([&] {
      own.apply(
          [](Value<int> home) {
            if (this_process::rank() != home.get()) throw UsageError("join(): on another rank");
            same->close();
            same->join();
          },
          here);
    });
    EXPECT_EQ(error->type(), "cohort::UsageError");
    EXPECT_TRUE(has(error->message(), "join()")) << error->what();
  });
}

}  // namespace
}  // namespace cohort::test
