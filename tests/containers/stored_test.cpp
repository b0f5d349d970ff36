// SPDX-License-Identifier: BSL-1.0
// What a file of saved objects may not say, and the sentence that each such file is refused with.
#include "cohort/containers/stored.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include <boost/crc.hpp>

#include "cohort/containers/table.hpp"
#include "cohort/error.hpp"
#include "cohort/heap/blob.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kHeaderBytes = 32;

std::string refusal(std::span<const std::byte> bytes) {
  try {
    decode_state(bytes, "state");
  } catch (const DataError& error) {
    return error.what();
  }
  return "none";
}

// With the length and the checksum that the content has.
std::vector<std::byte> sealed(std::vector<std::byte> bytes) {
  const std::uint64_t length = bytes.size() - kHeaderBytes;
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + kHeaderBytes, length);
  const std::uint32_t sum = crc.checksum();
  std::memcpy(bytes.data() + 16, &length, sizeof length);
  std::memcpy(bytes.data() + 24, &sum, sizeof sum);
  return bytes;
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

StoredObject object(ObjectKind kind, std::uint32_t element_bytes, std::uint32_t flags,
                    std::vector<Word> words) {
  return {make_kind(kind, element_bytes, flags), "some type", std::move(words), {}, {}, {}};
}
StoredObject numbers() {
  StoredObject list = object(ObjectKind::list, 4, 0, {3});
  list.raw.resize(12);
  return list;
}
// A list of one value that speaks of the object itself.
StoredObject links() {
  StoredObject list = object(ObjectKind::list, 8, kBlobFlag, {1});
  list.blobs = {{std::vector<std::byte>(12), {{0, 0}}}};
  return list;
}
// With words for keys and for values.
StoredObject table() {
  StoredObject dict = object(ObjectKind::dict, 8, 0, {2});
  dict.raw.resize(16);
  dict.blobs = {{bytes_of("key one."), {}}, {bytes_of("key two."), {}}};
  return dict;
}
// With texts for both: each value behind its key.
StoredObject text_table() {
  StoredObject dict = object(ObjectKind::dict, 0, kBlobFlag | kByteKeyFlag, {1});
  dict.blobs = {{bytes_of("key"), {}}, {bytes_of("value"), {}}};
  return dict;
}
StoredObject queue() {
  StoredObject made = object(ObjectKind::queue, 4, 0, {2, 5, 0});
  made.raw.resize(8);
  return made;
}

std::string refusal_of(const StoredState& state) { return refusal(encode_state(state)); }

// The refusal of a file with nothing but that object, once it has been changed.
std::string refusal_of(StoredObject changed, const std::function<void(StoredObject&)>& change) {
  EXPECT_EQ(refusal_of(StoredState{{{"name", 0}}, {changed}}), "none") << "of what is whole";
  change(changed);
  return refusal_of(StoredState{{{"name", 0}}, {changed}});
}

TEST(StoredState, WithAWrongHeaderIsRefused) {
  auto bytes = encode_state({{{"name", 0}}, {numbers()}});
  EXPECT_EQ(refusal(bytes), "none");
  auto reserved = bytes;
  reserved[28] = std::byte{1};
  EXPECT_EQ(refusal(reserved), "'state' is damaged: its header");
  auto older = bytes;
  older[8] = std::byte{0};
  EXPECT_EQ(refusal(older), "'state' is damaged: its header");
}

TEST(StoredState, WithMoreOrLessThanItSaysIsRefused) {
  auto bytes = encode_state({{{"name", 0}}, {numbers()}});
  auto longer = bytes;
  longer.resize(bytes.size() + 8);
  EXPECT_EQ(refusal(sealed(longer)), "'state' is damaged: something behind its end");
  auto shorter = bytes;
  shorter.resize(bytes.size() - 8);
  EXPECT_EQ(refusal(sealed(shorter)), "'state' is damaged: a value's bytes are cut short");
  auto countless = bytes;
  std::memset(countless.data() + kHeaderBytes, 0xff, sizeof(Word));  // of names
  EXPECT_EQ(refusal(sealed(countless)), "'state' is damaged: a value's bytes are damaged");
}

TEST(StoredState, WithNamesThatCannotBeIsRefused) {
  EXPECT_EQ(refusal_of({{{"name", 1}}, {numbers()}}), "'state' is damaged: a name of no object");
  EXPECT_EQ(refusal_of({{{"name", 0}, {"name", 1}}, {numbers(), numbers()}}),
            "'state' is damaged: two objects of one name");
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.type = std::string("a\0b", 3); }),
            "'state' is damaged: a type's name that is none");
}

TEST(StoredState, WithLinksThatCannotBeIsRefused) {
  EXPECT_EQ(refusal_of(links(), [](StoredObject& list) { list.blobs[0].links[0].object = 1; }),
            "'state' is damaged: a link to no object");
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.objects = {1}; }),
            "'state' is damaged: a link to no object");
  EXPECT_EQ(refusal_of(links(), [](StoredObject& list) { list.blobs[0].links[0].at = 1; }),
            "'state' is damaged: a link outside of its value");
  EXPECT_EQ(refusal_of(links(), [](StoredObject& list) { list.blobs[0].bytes.resize(11); }),
            "'state' is damaged: a link outside of its value");
  EXPECT_EQ(refusal_of(links(),
                       [](StoredObject& list) {
                         list.blobs[0].links.resize(0x1'0000, {0, 0});
                       }),
            "'state' is damaged: too many links in a value");
}

TEST(StoredState, WithAnObjectThatIsNotOfItsKindIsRefused) {
  const std::string parts = "'state' is damaged: an object's parts are not those of its kind";
  const std::string count = "'state' is damaged: an object has another number of elements than it says";
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.words = {}; }), parts);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.blobs.resize(1); }), parts);
  EXPECT_EQ(refusal_of(links(), [](StoredObject& list) { list.raw.resize(8); }), parts);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.objects = {0}; }), parts);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.words = {4}; }), count);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.raw.resize(13); }), count);
  EXPECT_EQ(refusal_of(links(), [](StoredObject& list) { list.words = {2}; }), count);
  EXPECT_EQ(
      refusal_of(links(), [](StoredObject& list) { list.kind = make_kind(ObjectKind::list, 4, kBlobFlag); }),
      count);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.kind = make_kind(ObjectKind::list, 0, 0); }),
            count);
  EXPECT_EQ(refusal_of(numbers(), [](StoredObject& list) { list.kind = make_kind(ObjectKind::box, 4, 0); }),
            "'state' is damaged: a value that is not one");
  for (const ObjectKind kind :
       {ObjectKind::none, ObjectKind::process, ObjectKind::connection, ObjectKind::pool, ObjectKind::job}) {
    EXPECT_EQ(refusal_of(numbers(), [kind](StoredObject& list) { list.kind = make_kind(kind, 4, 0); }),
              "'state' is damaged: an object of an unknown kind");
  }
}

TEST(StoredState, WithATableThatCannotBeIsRefused) {
  const std::string dict = "'state' is damaged: a dict that cannot be";
  const std::string keys = "'state' is damaged: a dict's keys that cannot be";
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.words = {1}; }), dict);
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.raw.resize(8); }), dict);
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.kind = make_kind(ObjectKind::dict, 4, 0); }), dict);
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.kind = make_kind(ObjectKind::dict, 8, 1 << 7); }),
            dict);
  EXPECT_EQ(refusal_of(text_table(), [](StoredObject& t) { t.blobs.pop_back(); }), dict);
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.blobs[1] = t.blobs[0]; }), keys);
  EXPECT_EQ(refusal_of(table(), [](StoredObject& t) { t.blobs[1].bytes.resize(7); }), keys);
  EXPECT_EQ(refusal_of(text_table(),
                       [](StoredObject& t) {
                         t.blobs[0].bytes.resize(12);
                         t.blobs[0].links = {{0, 0}};
                       }),
            keys);
}

TEST(StoredState, WithAQueueASemaphoreOrAnEventThatCannotBeIsRefused) {
  const std::string fifo = "'state' is damaged: a queue that cannot be";
  EXPECT_EQ(refusal_of(queue(), [](StoredObject& q) { q.words[1] = 1; }), fifo) << "more than may be there";
  EXPECT_EQ(refusal_of(queue(),
                       [](StoredObject& q) {
                         q.words = {0, 0, 0};
                         q.raw.clear();
                       }),
            fifo)
      << "with room for nothing";
  EXPECT_EQ(refusal_of(queue(), [](StoredObject& q) { q.words[2] = 2; }), fifo) << "neither open nor closed";
  const StoredObject semaphore = object(ObjectKind::semaphore, 0, 0, {1, 2});
  EXPECT_EQ(refusal_of(semaphore, [](StoredObject& s) { s.words[0] = 3; }),
            "'state' is damaged: a semaphore that cannot be");
  EXPECT_EQ(refusal_of(semaphore, [](StoredObject& s) { s.words[1] = Word{1} << 31; }),
            "'state' is damaged: a semaphore that cannot be");
  EXPECT_EQ(refusal_of(object(ObjectKind::event, 0, 0, {1}), [](StoredObject& event) { event.words = {2}; }),
            "'state' is damaged: an event that cannot be");
}

TEST(StoredState, WithABarrierThatCannotBeIsRefused) {
  const StoredObject barrier = object(ObjectKind::barrier, 0, 0, {2, 0});
  const std::string wrong = "'state' is damaged: a barrier that cannot be";
  EXPECT_EQ(refusal_of(barrier, [](StoredObject& b) { b.words[0] = 0; }), wrong);
  EXPECT_EQ(refusal_of(barrier, [](StoredObject& b) { b.words[0] = 16'384; }), wrong);
  EXPECT_EQ(refusal_of(barrier, [](StoredObject& b) { b.words[1] = 2; }), wrong)
      << "neither broken nor whole";
}

TEST(StoredState, WithAConditionThatHasNotOneLockIsRefused) {
  StoredObject condition = object(ObjectKind::condition, 0, 0, {});
  const StoredObject lock = object(ObjectKind::lock, 0, 0, {});
  const auto with = [&](std::vector<Word> objects) {
    condition.objects = std::move(objects);
    return StoredState{{{"name", 0}}, {condition, lock, numbers()}};
  };
  const std::string parts = "'state' is damaged: an object's parts are not those of its kind";
  const std::string no_lock = "'state' is damaged: a condition of something that is no lock";
  EXPECT_EQ(refusal_of(with({})), parts);
  EXPECT_EQ(refusal_of(with({1, 1})), parts);
  EXPECT_EQ(refusal_of(with({2})), no_lock);
  EXPECT_EQ(refusal_of(with({0})), no_lock) << "of itself";
  EXPECT_EQ(refusal_of(with({3})), "'state' is damaged: a link to no object");
  EXPECT_EQ(decode_state(encode_state(with({1})), "state").objects.size(), 3U);
}

}  // namespace
}  // namespace cohort::test
