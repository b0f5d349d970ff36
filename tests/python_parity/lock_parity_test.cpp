// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its locks, asked of ours: BaseLockTests, LockTests, RLockTests.
// Left out is what C++ has not (repr, weak references, fork) and what the table of differences says to be different.
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

#include "python_parity/bunch.hpp"

namespace cohort::test {
namespace {

template <class L>
class LockParity : public ::testing::Test {
 public:
  static L make() {
    if constexpr (std::is_same_v<L, Lock>) {
      return shared().lock();
    } else {
      return shared().rlock();
    }
  }
};
using LockTypes = ::testing::Types<Lock, RLock>;
TYPED_TEST_SUITE(LockParity, LockTypes);

TYPED_TEST(LockParity, AcquireDestroy) {
  on_manager([] {
    TestFixture::make().lock();
    EXPECT_TRUE(TestFixture::make().try_lock()) << "another one";
  });
}

TYPED_TEST(LockParity, TryAcquireContended) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto results = shared().template list<int>();
    lock.lock();
    std::thread([&] { results.append(lock.try_lock() ? 1 : 0); }).join();
    EXPECT_EQ(results.copy(), std::vector{0});
    lock.unlock();
  });
}

TYPED_TEST(LockParity, AcquireContended) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto came = shared().template list<int>();
    const auto passed = shared().template list<int>();
    lock.lock();
    {
      const Bunch bunch(
          kWorkers,
          [](TypeParam theirs, List<int> before, List<int> behind) {
            before.append(1);
            theirs.lock();
            behind.append(1);
            theirs.unlock();
          },
          lock, came, passed);
      until_size(came, kWorkers);
      EXPECT_EQ(passed.size(), 0U);
      lock.unlock();
    }
    EXPECT_EQ(passed.size(), static_cast<std::size_t>(kWorkers));
  });
}

TYPED_TEST(LockParity, With) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto is_free = [&] {
      bool got = false;
      std::thread([&] {
        got = lock.try_lock();
        if (got) lock.unlock();
      }).join();
      return got;
    };
    {
      const std::scoped_lock held(lock);
      EXPECT_FALSE(is_free());
    }
    EXPECT_TRUE(is_free());
    const auto fail = [&] {
      const std::scoped_lock held(lock);
      throw std::runtime_error("no");
    };
    EXPECT_THROW(fail(), std::runtime_error);
    EXPECT_TRUE(is_free());
  });
}

TYPED_TEST(LockParity, StateAfterTimeout) {
  on_manager([] {
    const auto lock = TestFixture::make();
    lock.lock();
    std::thread([&] { EXPECT_FALSE(lock.try_lock_for(10ms)); }).join();
    lock.unlock();
    std::thread([&] {
      EXPECT_TRUE(lock.try_lock());
      lock.unlock();
    }).join();
  });
}

TEST(RLockParity, ReacquireReleaseUnacquiredAndRecursionCount) {
  on_manager([] {
    const auto lock = shared().rlock();
    EXPECT_TRUE(refused([&] { lock.unlock(); }));
    for (int i = 0; i < 3; ++i) lock.lock();
    for (int i = 0; i < 3; ++i) lock.unlock();
    EXPECT_TRUE(refused([&] { lock.unlock(); }));
  });
}

TEST(RLockParity, DifferentThread) {
  on_manager([] {
    const auto lock = shared().rlock();
    lock.lock();
    std::thread([&] { EXPECT_TRUE(refused([&] { lock.unlock(); })); }).join();
    lock.unlock();
  });
}

}  // namespace
}  // namespace cohort::test
