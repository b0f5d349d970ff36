// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its semaphores, asked of ours: SemaphoreTests.
// Left out is what C++ has not (repr, weak references, fork) and what the table of differences says to be different.
#include <numeric>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "python_parity/bunch.hpp"

namespace cohort::test {
namespace {

template <class S>
class SemaphoreParity : public ::testing::Test {
 public:
  static S make(int n) {
    if constexpr (std::is_same_v<S, Semaphore>) {
      return shared().semaphore(n);
    } else {
      return shared().bounded_semaphore(n);
    }
  }
};
using SemaphoreTypes = ::testing::Types<Semaphore, BoundedSemaphore>;
TYPED_TEST_SUITE(SemaphoreParity, SemaphoreTypes);

TYPED_TEST(SemaphoreParity, ConstructorAcquireAndTimeout) {
  on_manager([] {
    EXPECT_THROW(TestFixture::make(-1), std::invalid_argument);
    const auto semaphore = TestFixture::make(2);
    semaphore.acquire();
    semaphore.acquire();
    EXPECT_FALSE(semaphore.try_acquire_for(5ms));
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
    EXPECT_TRUE(semaphore.try_acquire_for(5ms));
    semaphore.release();
    semaphore.release();
  });
}

// Two units are taken; seven of ten workers come by as more are given.
TYPED_TEST(SemaphoreParity, AcquireContendedAndMultirelease) {
  on_manager([] {
    const auto semaphore = TestFixture::make(7);
    semaphore.acquire();
    semaphore.acquire();
    const auto phase = shared().value(0);
    const auto results = shared().template list<int>();
    {
      const Bunch bunch(
          10,
          [](TypeParam theirs, Value<int> now, List<int> behind) {
            theirs.acquire();
            behind.append(now.get());
          },
          semaphore, phase, results);
      until_size(results, 5);
      EXPECT_EQ(results.copy(), std::vector<int>(5, 0));
      phase.set(1);
      semaphore.release(2);
      until_size(results, 7);
      phase.set(2);
      semaphore.release(3);
      until_size(results, 10);
    }
    EXPECT_EQ(sorted(results), (std::vector{0, 0, 0, 0, 0, 1, 1, 2, 2, 2}));
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
  });
}

TYPED_TEST(SemaphoreParity, TryAcquireContended) {
  on_manager([] {
    const auto semaphore = TestFixture::make(4);
    semaphore.acquire();
    const auto results = shared().template list<int>();
    {
      const Bunch bunch(
          kWorkers,
          [](TypeParam theirs, List<int> behind) {
            behind.append(theirs.try_acquire() ? 1 : 0);
            behind.append(theirs.try_acquire() ? 1 : 0);
          },
          semaphore, results);
    }
    EXPECT_EQ(std::accumulate(results.begin(), results.end(), 0), 3);
  });
}

TEST(SemaphoreDefaults, DefaultValueIsOneAndReleaseUnacquired) {
  on_manager([] {
    const auto semaphore = shared().semaphore();
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
    semaphore.release();
    EXPECT_TRUE(semaphore.try_acquire() && semaphore.try_acquire());
    EXPECT_THROW(shared().bounded_semaphore().release(), std::invalid_argument);
  });
}

}  // namespace
}  // namespace cohort::test
