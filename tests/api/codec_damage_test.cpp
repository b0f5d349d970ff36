// SPDX-License-Identifier: BSL-1.0
// Bytes that are cut short or damaged are refused with a DataError, or become some other value; they never
// make the program crash, nor ask for more memory than their length explains; only Boost's archives believe a
// count, and are refused what they ask for then.
#include <gtest/gtest.h>
#include <cohort/codec.hpp>

#include <atomic>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <map>
#include <new>
#include <random>
#include <set>

// Counts what is asked for in one piece.
static std::atomic<std::size_t> largest_request{0};

static void* allocate(std::size_t size) {
  std::size_t largest = largest_request.load();
  while (size > largest && !largest_request.compare_exchange_weak(largest, size)) {
  }
  if (size > (std::size_t{1} << 26)) throw std::bad_alloc();
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace cohort::test {
namespace {

struct Record {
  std::string name;
  std::vector<int> numbers;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name& numbers;
  }
};

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return encoder.buffer();
}

// How reading the bytes ended: "" with a value, or the name of the wrong exception; DataError is as it should
// be.
template <class T>
std::string end_of_reading(std::span<const std::byte> bytes) {
  try {
    Decoder decoder(bytes);
    static_cast<void>(decode<T>(decoder));
    return "";
  } catch (const DataError&) {
    return "DataError";
  } catch (const std::exception& error) {
    return std::string("not a DataError but: ") + error.what();
  }
}

template <class T>
void expect_refused_at_every_length(const T& value) {
  const auto bytes = bytes_of(value);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ASSERT_EQ(end_of_reading<T>(std::span(bytes).first(length)), "DataError")
        << length << " of " << bytes.size();
  }
  EXPECT_EQ(end_of_reading<T>(bytes), "");
}

template <class T>
void expect_no_harm(const T& value, int times, bool asks_for_little = true) {
  static std::mt19937 random(20240608);
  const auto bytes = bytes_of(value);
  for (int i = 0; i < times; ++i) {
    auto damaged = bytes;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    largest_request = 0;
    const auto end = end_of_reading<T>(damaged);
    ASSERT_TRUE(end.empty() || end == "DataError") << end;
    if (!asks_for_little) continue;
    ASSERT_LE(largest_request.load(), 4096 + 256 * bytes.size())
        << "asked for memory that the bytes do not explain";
  }
}

const std::vector<std::string> kWords = {"to", "be", "or", "not", std::string(50, 'x')};
const std::map<std::string, std::vector<int>> kLines = {{"one", {1, 2, 3}}, {"two", {}}, {"three", {4}}};
const std::list<std::vector<std::vector<std::string>>> kNested = {{{"a"}, {"b", "c"}}, {}, {{}}};
using Choice = std::variant<int, std::string, std::vector<std::string>>;
const std::vector<Choice> kChoices = {Choice(1), Choice("text"), Choice(kWords)};
const std::tuple<std::optional<std::string>, std::set<int>, std::array<std::string, 2>> kTuple = {
    "some", {1, 2}, {"a", "b"}};

TEST(CodecDamage, CutShortIsRefused) {
  expect_refused_at_every_length(std::string("a few letters"));
  expect_refused_at_every_length(std::vector<double>{1, 2, 3});
  expect_refused_at_every_length(kWords);
  expect_refused_at_every_length(kLines);
  expect_refused_at_every_length(kNested);
  expect_refused_at_every_length(kChoices);
  expect_refused_at_every_length(kTuple);
}

TEST(CodecDamage, ACutArchiveIsRefused) { expect_refused_at_every_length(Record{"name", {1, 2, 3}}); }

TEST(CodecDamage, ChangedBytesDoNoHarm) {
  expect_no_harm(std::string("a few letters"), 2000);
  expect_no_harm(std::vector<double>{1, 2, 3}, 2000);
  expect_no_harm(kWords, 4000);
  expect_no_harm(kLines, 4000);
  expect_no_harm(kNested, 4000);
  expect_no_harm(kChoices, 2000);
  expect_no_harm(kTuple, 2000);
}

TEST(CodecDamage, ChangedBytesOfAnArchiveDoNoHarm) {
  expect_no_harm(Record{"name", {1, 2, 3}}, 1000, false);
  expect_no_harm(std::vector<Record>{{"name", {1, 2, 3}}, {"", {}}}, 1000, false);
}

TEST(CodecDamage, HugeCountsAreRefusedBeforeAnythingIsAllocated) {
  for (const std::uint64_t count :
       {std::uint64_t{4}, std::uint64_t{1} << 32, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
    auto bytes = bytes_of(count);
    bytes.resize(bytes.size() + 3);
    largest_request = 0;
    EXPECT_EQ(end_of_reading<std::string>(bytes), "DataError");
    EXPECT_EQ(end_of_reading<std::wstring>(bytes), "DataError");
    EXPECT_EQ(end_of_reading<std::vector<char>>(bytes), "DataError");
    EXPECT_EQ(end_of_reading<std::vector<std::uint64_t>>(bytes), "DataError");
    EXPECT_EQ(end_of_reading<std::vector<std::string>>(bytes), "DataError");
    EXPECT_EQ(end_of_reading<Choice>(bytes), "DataError");
    EXPECT_LT(largest_request.load(), 4096U);
  }
}

TEST(CodecDamage, AnOptionalIsThereOrNot) {
  for (int flag = 0; flag < 256; ++flag) {
    auto bytes = bytes_of(std::optional<std::string>("text"));
    bytes[0] = static_cast<std::byte>(flag);
    const auto end = end_of_reading<std::optional<std::string>>(bytes);
    EXPECT_EQ(end, flag < 2 ? "" : "DataError") << flag;
  }
}

}  // namespace
}  // namespace cohort::test
