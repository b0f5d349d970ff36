// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of Array mean (_TestArray, _TestSharedCTypes, TestSyncManagerTypes), in our words.
#include <algorithm>
#include <numeric>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

template <class T>
std::vector<T> part(const Array<T>& array, std::size_t begin, std::size_t end) {
  std::vector<T> all(end - begin);
  array.read(begin, all);
  return all;
}

// Read, changed and cut here and there as a list would be (_TestArray.test_array and test_rawarray).
TEST(CPythonArray, IsReadSlicedAndChangedByAProcessAsAListIs) {
  on_manager([] {
    std::vector<int> model = {501, 39, 77, 250, 80, 61, 16, 0, 423};
    const auto array = shared().array(model);
    EXPECT_EQ(array.size(), model.size());
    EXPECT_EQ(array[4], model[4]);
    EXPECT_EQ(array[-2], model[7]);
    EXPECT_EQ(part(array, 3, 8), std::vector(model.begin() + 3, model.begin() + 8));
    array.write(5, {1, 2, 3});
    std::copy_n(std::vector{1, 2, 3}.begin(), 3, model.begin() + 5);
    EXPECT_EQ(array.copy(), model);

    std::partial_sum(model.begin(), model.end(), model.begin());
    Process process(
        [](Array<int> sums) {
          for (std::size_t i = 1; i < sums.size(); ++i) sums[i] += sums.get(i - 1);
        },
        array);
    process.start();
    process.join();
    EXPECT_EQ(array.copy(), model);
    EXPECT_EQ(array, model);
  });
}

// The memory of one that was full and is gone is zero in the next (_TestArray.test_array_from_size).
TEST(CPythonArray, MadeOfASizeIsZeroEachTime) {
  on_manager([] {
    constexpr std::size_t kSize = 1000;
    for (int round = 0; round < 4; ++round) {
      const auto array = shared().array<int>(kSize);
      ASSERT_EQ(array.size(), kSize);
      ASSERT_EQ(array.copy(), std::vector<int>(kSize, 0)) << "round " << round;
      std::vector<int> numbers(kSize);
      std::iota(numbers.begin(), numbers.end(), 1);
      array.write(0, numbers);
      ASSERT_EQ(array.copy(), numbers);
    }
    EXPECT_TRUE(shared().array<int>(0).empty());
  });
}

// IndexError at both ends, of reading and of writing, and nothing is changed.
TEST(CPythonArray, RefusesIndicesOutside) {
  on_manager([] {
    const auto array = shared().array({1, 2, 3});
    for (const int outside : {3, -4, 1000}) {
      EXPECT_THROW(static_cast<void>(array.get(outside)), std::out_of_range);
      EXPECT_THROW(array[outside] = 9, std::out_of_range);
      EXPECT_THROW(array[outside] += 9, std::out_of_range);
    }
    for (const int inside : {-3, -2, -1, 0, 1, 2}) EXPECT_EQ(array.get(inside), (inside + 3) % 3 + 1);
  });
}

// A slice keeps its length in Python, too; where it reaches beyond the end, reading is refused here as well.
TEST(CPythonArray, SlicesMustFit) {
  on_manager([] {
    const auto array = shared().array({1, 2, 3, 4});
    EXPECT_THROW(array.write(3, {5, 6}), std::out_of_range);
    EXPECT_THROW(part(array, 2, 5), std::out_of_range);
    EXPECT_EQ(array.copy(), (std::vector{1, 2, 3, 4})) << "not even the part that would fit";
    array.write(4, std::vector<int>());
    EXPECT_TRUE(part(array, 4, 4).empty());
  });
}

// Every element is twice as much, and the text is there twice (_TestSharedCTypes.test_sharedctypes). A text
// ends at its first zero in Python; here an array of characters is all of them.
TEST(CPythonArray, AProcessDoublesNumbersAndText) {
  on_manager([] {
    const auto numbers = shared().array<double>(std::vector{0.0, 0.5, 1.0, 1.5, 2.0});
    const auto text = shared().array<char>(12);
    text.write(0, std::string("hey"));
    Process process(
        [](Array<double> all, Array<char> twice) {
          for (std::size_t i = 0; i < all.size(); ++i) all[i] *= 2;
          const auto letters = twice.copy();
          const std::string once = letters.data();
          twice.write(once.size(), once);
        },
        numbers, text);
    process.start();
    process.join();
    EXPECT_EQ(numbers, (std::vector{0.0, 1.0, 2.0, 3.0, 4.0}));
    EXPECT_EQ(text.copy().size(), 12U);
    EXPECT_STREQ(text.copy().data(), "heyhey");
  });
}

// There is no get_lock(): no step of one element is lost, and a write is one step
// (_TestArray.test_getobj_getlock_obj differs).
TEST(CPythonArray, NoChangeIsLostAlthoughThereIsNoLock) {
  on_manager([] {
    const int count = rounds(200);
    const auto array = shared().array<int>(2);
    std::vector<Process> processes;
    for (int n = 0; n < 4; ++n) {
      processes.emplace_back(
          [](Array<int> counts, int times) {
            for (int i = 0; i < times; ++i) {
              counts[0] += 1;
              counts.update(1, [](int& x) { x += 2; });
            }
          },
          array, count);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(array, (std::vector{4 * count, 8 * count}));
  });
}

// get_obj() is local(), which exists in shared memory alone.
TEST(CPythonArray, TheMemoryItselfIsWhatItsElementsAre) {
  on_manager([] {
    const char* window = std::getenv("COHORT_WINDOW");
    if (window != nullptr && window == std::string_view("rma"))
      GTEST_SKIP() << "other ranks have no such memory";
    const auto array = shared().array({1, 2, 3});
    const auto memory = array.local();
    memory[1] = 20;
    EXPECT_EQ(array[1], 20);
    array[2] = 30;
    EXPECT_EQ(memory[2], 30);
  });
}

// Python's sequence is read element by element; here the loop goes through what was there at its begin.
TEST(CPythonArray, IsWalkedThroughAsItWas) {
  on_manager([] {
    const auto array = shared().array({1, 2, 3});
    std::vector<int> seen;
    for (const int x : array) {
      seen.push_back(x);
      array[-1] = 100;
    }
    EXPECT_EQ(seen, (std::vector{1, 2, 3}));
    EXPECT_EQ(std::accumulate(array.begin(), array.end(), 0), 103);
    EXPECT_NE(std::find(array.begin(), array.end(), 2), array.end());
    EXPECT_EQ(std::find(array.begin(), array.end(), 3), array.end());
  });
}

// Another handle is the same array, what is made of a copy is not (`copy` of _TestSharedCTypes.test_copy).
TEST(CPythonArray, ACopyKeepsWhatTheOriginalWas) {
  on_manager([] {
    const auto original = shared().array({1, 2});
    const Array<int> same = original;
    const auto another = shared().array(original.copy());
    original[0] = 7;
    EXPECT_EQ(same, (std::vector{7, 2}));
    EXPECT_EQ(another, (std::vector{1, 2}));
    EXPECT_FALSE(original == another);
    another[0] = 7;
    EXPECT_TRUE(original == another);
  });
}

}  // namespace
}  // namespace cohort::test
