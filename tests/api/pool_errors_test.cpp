// SPDX-License-Identifier: BSL-1.0
// How tasks fail, what a pool's initializer is for, and the sentences of all errors of pools and futures.
#include "process/process_support.hpp"

#include <functional>

#include "support/thrown.hpp"

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
    for (int round = 0; round < rounds(20); ++round) {
      const auto where = remote_error([&] {
        pool.map(
            [](int) -> int {
              throw std::runtime_error(this_process::name() + " on " + std::to_string(this_process::rank()));
            },
            {0}, {.chunk = 1});
      });
      EXPECT_EQ(where->process() + " on " + std::to_string(where->rank()), where->message());
    }
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

// One of the back has thrown before its middle was claimed, where a lower one throws, too.
TEST(PoolFailure, AtTheBackKeepsNobodyFromALowerOne) {
  on_manager([] {
    if (ranks() < 2) return;
    Pool pool(2);
    for (int round = 0; round < rounds(20); ++round) {
      const auto error = remote_error([&] {
        pool.map(partial(
                     [](Event thrown, int n) {
                       if (n == 0) thrown.wait();
                       if (n < 400) return n;
                       thrown.set();
                       throw std::runtime_error(std::to_string(n));
                     },
                     shared().event()),
                 range(1000));
      });
      ASSERT_EQ(error->message(), "400");
      ASSERT_EQ(error->index(), 400U);
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
    pool.close();
    pool.join();  // nobody is in the initializer who found no task after it
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

// ---------------------------------------------------------------------------------------------------------

TEST(PoolErrorText, OfWhatAPoolIsMadeWith) {
  on_manager([] {
    EXPECT_EQ(text_of<std::invalid_argument>([] { Pool(0); }), "a Pool has at least 1 process, not 0");
    EXPECT_EQ(text_of<std::invalid_argument>([] { Pool({.processes = -3}); }),
              "a Pool has at least 1 process, not -3");
    EXPECT_EQ(text_of<std::invalid_argument>([] { Pool({.max_tasks_per_child = -1}); }),
              "max_tasks_per_child is -1; 0 is no limit");
    if (std::getenv("COHORT_WINDOW") == std::string("rma")) {
      EXPECT_EQ(usage_error([] { Pool({.isolation = Isolation::child}); }),
                "Isolation::child needs the shared window: over rma a Process reaches shared objects by MPI, "
                "which a child has not");
    }
    EXPECT_EQ(
        usage_error([] { Pool({.max_tasks_per_child = 1}); }),
        "max_tasks_per_child needs Isolation::child: a rank's tasks share one operating system process");
  });
}

TEST(PoolErrorText, OfAPoolThatIsClosedOrIsNot) {
  on_manager([] {
    const auto nothing = [](int) {};
    const auto same = [](int n) { return n; };
    const auto list = shared().list<int>({2, 1});
    Pool pool(1);
    EXPECT_EQ(usage_error([&] { pool.map_async(nothing, {1}, {.progress = "x"}); }),
              "progress is shown by map, starmap and imap, which wait; map_async does not");
    EXPECT_EQ(usage_error([&] { pool.join(); }),
              "join(): the pool still takes work; close() or terminate() it first");
    pool.close();
    const std::vector<std::function<void()>> uses = {
        [&] { pool.apply([] {}); },
        [&] { static_cast<void>(pool.apply_async([] {})); },
        [&] { pool.map(nothing, {1}); },
        [&] { static_cast<void>(pool.map_async(nothing, {1})); },
        [&] { static_cast<void>(pool.imap(same, range(3))); },
        [&] { static_cast<void>(pool.imap_unordered(same, range(3))); },
        [&] {
          pool.starmap([](int, int) {}, std::vector<std::pair<int, int>>{{1, 2}});
        },
        [&] {
          static_cast<void>(pool.reduce(std::plus<>(), {1, 2}, 3));
        },
        [&] { pool.sort(list); },
    };
    for (std::size_t i = 0; i < uses.size(); ++i) {
      EXPECT_EQ(text_of<Closed>(uses[i]), "the pool is closed: it takes no more work; make another one") << i;
    }
    pool.join();
  });
}

TEST(PoolErrorText, OfATaskThatWaitsForItsPool) {
  on_manager([] {
    static Pool* same = nullptr;  // null on another rank
    std::string text;
    for (int i = 0; i < 1000 && text.empty(); ++i) {
      Pool pool(1);
      same = &pool;
      try {
        pool.apply([] {
          if (same == nullptr) return;
          same->close();
          same->join();
        });
      } catch (const RemoteError& error) {
        text = error.message();
      }
      same = nullptr;
    }
    EXPECT_EQ(text, "join(): a task of this pool cannot wait for the pool's end");
  });
}

TEST(PoolErrorText, OfFutures) {
  on_manager([] {
    Pool pool(1);
    const auto go = shared().event();
    const auto running = shared().value<int>();
    const auto future = pool.apply_async(
        [](Value<int> to, Event e) {
          ++to;
          e.wait();
        },
        running, go);
    wait_for(running, 1);
    EXPECT_EQ(text_of<TimeoutError>([&] { future.get(1ms); }),
              "get(): the task had not ended when the time was over");
    EXPECT_EQ(usage_error([&] { static_cast<void>(future.successful()); }),
              "successful(): the task has not ended; ask ready() first, or wait()");
    const auto dropped = pool.apply_async([] {});
    EXPECT_TRUE(dropped.cancel());
    const auto ended = pool.map_async([](int) {}, {1});
    pool.terminate();
    for (const auto& text :
         {text_of<Cancelled>([&] { dropped.get(); }), text_of<Cancelled>([&] { ended.get(); })})
      EXPECT_EQ(text, "the task was dropped before it began, by cancel() or by the pool's terminate()");
    go.set();
    future.get();
    std::vector<Future<void>> several = {future, {}};
    EXPECT_EQ(usage_error([&] { wait_any(several); }), "wait_any(): one of the futures is empty");
    EXPECT_EQ(usage_error([&] { as_completed(several); }), "as_completed(): one of the futures is empty");
    several.clear();
    EXPECT_EQ(text_of<std::invalid_argument>([&] { wait_any(several); }), "wait_any(): there are no futures");
    const Future<int> empty;
    const std::vector<std::function<void()>> uses = {
        [&] { empty.get(); },
        [&] { empty.get(1s); },
        [&] { empty.wait(); },
        [&] { static_cast<void>(empty.wait(1s)); },
        [&] { static_cast<void>(empty.ready()); },
        [&] { static_cast<void>(empty.successful()); },
        [&] { static_cast<void>(empty.cancel()); },
    };
    for (std::size_t i = 0; i < uses.size(); ++i) {
      EXPECT_EQ(
          usage_error(uses[i]),
          "this Future is empty (default constructed, or moved from); assign one that was made or opened")
          << i;
    }
  });
}

TEST(PoolErrorText, OfATaskThatFailed) {
  on_manager([] {
    Pool pool(1);
    const auto error = remote_error([&] { pool.map(odd_fails, {0, 5}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->what(), "Process '" + error->process() + "' on rank " + std::to_string(error->rank()) +
                                 ", element 1 failed: std::out_of_range: odd: 5");
    const auto exited = remote_error([&] { pool.apply([] { this_process::exit(7); }); });
    ASSERT_TRUE(exited);
    SCOPED_TRACE(exited->what());
    EXPECT_EQ(exited->what(), "Process '" + exited->process() + "' on rank " +
                                  std::to_string(exited->rank()) + " failed: " + exited->type() + ": " +
                                  exited->message());
  });
}

// Four runs of numbers in order, and a few pairs of the upper and the lower half the other way round: of the first
// 1024 of all, all are from the lower half, and of the first 2048, none.
TEST(PoolErrorText, OfAnOrderThatContradictsItself) {
  on_manager([] {
    Pool pool(4);
    const auto list = shared().list<int>(range(4096));
    const auto error = remote_error(
        [&] { pool.sort(list, [](int a, int b) { return a < b || (b < 2048 && a + b == 4095); }); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type(), "std::invalid_argument");
    EXPECT_EQ(
        error->message(),
        "sort(): compare contradicts itself: it must be a strict weak ordering, which < is not where there "
        "are NaNs");
    EXPECT_EQ(list, range(4096)) << "as it was";
  });
}

}  // namespace
}  // namespace cohort::test
