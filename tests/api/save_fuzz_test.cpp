// SPDX-License-Identifier: BSL-1.0
// Manager::load() of files with changes by chance: damage is a DataError of load(), or of the value that has it; what
// is accepted can be opened and read whole, and all of it goes again.
#include "api/save_support.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <boost/crc.hpp>

#include "cohort/containers/stored.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/statistics.hpp"

namespace cohort::test {
namespace {

using Random = std::mt19937_64;

constexpr std::size_t kHeadBytes = 32;
constexpr std::size_t kLengthAt = 16;
constexpr std::size_t kChecksumAt = 24;

// Reads everything that an object shows, and what it refers to. Of a Queue the values are taken.
class Reader {
 public:
  template <class T>
  void operator()(const T& value) const {
    if constexpr (std::derived_from<T, Handle>) {
      if (value.valid()) contents(value);
    } else {
      contents(value);
    }
  }

 private:
  template <class T>
  void contents(const T&) const {}  // a plain value: it has been read
  template <class T>
  void contents(const std::vector<T>& values) const {
    for (const T& value : values) (*this)(value);
  }
  template <class T>
  void contents(const List<T>& list) const {
    const auto all = list.copy();
    ASSERT_EQ(list.size(), all.size());
    ASSERT_EQ(list.slice({}, {}, -1).size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) (*this)(list.get(i));
    print(list);
  }
  template <class T>
  void contents(const Array<T>& array) const {
    const auto all = array.copy();
    ASSERT_EQ(array.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) static_cast<void>(array.get(i));
    print(array);
  }
  template <class T>
  void contents(const Value<T>& value) const {
    (*this)(value.get());
    print(value);
  }
  template <class K, class V>
  void contents(const Dict<K, V>& dict) const {
    const auto items = dict.items();
    ASSERT_EQ(dict.size(), items.size());
    ASSERT_EQ(dict.keys().size(), items.size());
    ASSERT_EQ(dict.values().size(), items.size());
    for (const auto& [key, value] : items) {
      (*this)(value);
      // Not there where the bytes of the key are not those that its type would write.
      if (const auto again = dict.get(key)) (*this)(*again);
    }
    print(dict);
  }
  template <class T>
  void contents(const Set<T>& set) const {
    const auto all = set.copy();
    ASSERT_EQ(set.size(), all.size());
    for (const T& element : all) static_cast<void>(set.contains(element));
    print(set);
  }
  template <class T>
  void contents(const Queue<T>& queue) const {
    const auto count = queue.size();
    ASSERT_EQ(queue.empty(), count == 0);
    static_cast<void>(queue.full());
    for (std::size_t i = 0; i < count; ++i) {
      (*this)(queue.get());
      queue.task_done();
    }
    static_cast<void>(queue.join(0s));  // false where a value was damaged: it is gone, and nobody has done it
  }
  void contents(const Namespace& space) const {
    for (const auto& name : space.names()) {
      if (!space.contains(name)) continue;
      value_in<int>(space, name);
      value_in<std::string>(space, name);
      value_in<List<int>>(space, name);
    }
  }
  void contents(const Lock& lock) const {
    ASSERT_FALSE(lock.locked());
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  }
  void contents(const RLock& lock) const {
    const std::scoped_lock once(lock);
    const std::scoped_lock twice(lock);
    ASSERT_TRUE(lock.locked());
  }
  void contents(const Condition& condition) const {
    const std::scoped_lock held(condition);
    condition.notify_all();
    ASSERT_FALSE(condition.wait(0s));
  }
  void contents(const Semaphore& semaphore) const {
    if (semaphore.try_acquire()) semaphore.release();
  }
  void contents(const BoundedSemaphore& semaphore) const {
    contents(static_cast<const Semaphore&>(semaphore));
  }
  void contents(const Event& event) const { ASSERT_EQ(event.is_set(), event.wait(0s)); }
  void contents(const Barrier& barrier) const {
    ASSERT_GE(barrier.parties(), 1);
    ASSERT_EQ(barrier.n_waiting(), 0);
    static_cast<void>(barrier.broken());
  }

  template <class T>
  void value_in(const Namespace& space, const std::string& name) const {
    try {
      (*this)(space.get<T>(name));
    } catch (const UsageError&) {  // it is of another type
    }
  }
  template <class T>
  static void print(const T& object) {
    if constexpr (detail::is_printable<T>()) {
      std::ostringstream out;
      try {
        out << object;
      } catch (const UsageError&) {  // a handle in it is empty, as any may be
      }
    }
  }
};

using Readers = std::map<std::string, void (*)(const std::string&)>;

template <class Object>
void open_and_read(const std::string& name) {
  if constexpr (std::same_as<Object, Barrier>) {
    Reader()(shared().open<Object>(name, 1));
  } else {
    Reader()(shared().open<Object>(name));
  }
}

// By the name of the type, as the file has it.
template <class... Objects>
Readers readers_of() {
  return {{typeid(Objects).name(), open_and_read<Objects>}...};
}
const Readers kReaders =
    readers_of<List<int>, List<std::string>, List<List<int>>, List<std::vector<List<int>>>,
               List<Dict<std::string, int>>, Value<int>, Value<std::string>, Array<short>, Dict<int, double>,
               Dict<std::string, int>, Dict<std::string, List<int>>, Dict<int, Dict<std::string, int>>,
               Set<int>, Set<std::string>, Queue<int>, Queue<std::string>, Queue<List<int>>, Namespace, Lock,
               RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier>();

// One object or more of every type above, by names that begin with "i.".
void make_objects(const List<int>& inner) {
  auto& m = shared();
  const auto words = m.dict<std::string, int>({{"a", 1}, {"b", 2}});
  m.open<List<int>>("i.list", std::vector<int>{1, 2, 3});
  m.open<List<std::string>>("i.texts", std::vector<std::string>{"one", "two"});
  m.open<List<List<int>>>("i.outer").append(inner);
  m.open<List<std::vector<List<int>>>>("i.many").append({inner, m.list<int>({3}), inner});
  m.open<List<Dict<std::string, int>>>("i.dicts").append(words);
  m.open<Value<int>>("i.value", 1);
  m.open<Value<std::string>>("i.text", "a text");
  m.open<Array<short>>("i.array", std::vector<short>{1, 2, 3});
  m.open<Dict<int, double>>("i.numbers").set(1, 2.5);
  m.open<Dict<std::string, int>>("i.words", words.items());
  m.open<Dict<std::string, List<int>>>("i.lists").set("key", inner);
  m.open<Dict<int, Dict<std::string, int>>>("i.deep").set(1, words);
  m.open<Set<int>>("i.set", std::vector<int>{1, 2});
  m.open<Set<std::string>>("i.names", std::vector<std::string>{"x", "yy"});
  m.open<Queue<int>>("i.ints", 5).put(1);
  m.open<Queue<std::string>>("i.queue", 3).put("value");
  m.open<Queue<List<int>>>("i.handles").put(inner);
  m.open<Queue<List<int>>>("i.handles").close();
  const auto space = m.open<Namespace>("i.space");
  space.set("number", 3);
  space.set("text", "three");
  space.set("list", inner);
  const auto lock = m.open<Lock>("i.lock");
  m.open<RLock>("i.rlock");
  m.open<Semaphore>("i.semaphore", 2);
  m.open<BoundedSemaphore>("i.bounded", 3);
  m.open<Condition>("i.condition");
  m.open<Condition>("i.its", lock);
  m.open<Event>("i.event").set();
  m.open<Barrier>("i.barrier", 2);
}
std::vector<std::string> names_of_objects() {
  std::vector<std::string> names;
  with_heap([&names](const auto& heap) {
    Directory(heap).each([&names](ObjectId, const std::string& name) {
      if (name.starts_with("i.")) names.push_back(name);
    });
  });
  return names;
}

// Objects that nothing else holds go with their names.
void forget_names() {
  with_heap([](const auto& heap) { Directory(heap).clear(); });
}
std::size_t heap_in_use() {
  return with_heap([](const auto& heap) { return heap_statistics(heap).used; });
}

// Bytes behind the header that are others, more or fewer.
void change_bytes(std::string& bytes, Random& random) {
  for (auto changes = std::max<std::uint64_t>(1, random() % 4); changes != 0; --changes) {
    const auto at = kHeadBytes + random() % (bytes.size() - kHeadBytes);
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
        break;
      case 2:
        bytes.erase(at, 1 + random() % 16);
        break;
      case 3:
        bytes.insert(at, random() % 16, static_cast<char>(random() % 3 - 1));
        break;
    }
    if (bytes.size() < kHeadBytes + 8) bytes.resize(kHeadBytes + 8);
  }
}
// Length and checksum that fit what is there.
void make_fit(std::string& bytes) {
  const std::uint64_t length = bytes.size() - kHeadBytes;
  std::memcpy(bytes.data() + kLengthAt, &length, sizeof length);
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + kHeadBytes, length);
  const std::uint32_t sum = crc.checksum();
  std::memcpy(bytes.data() + kChecksumAt, &sum, sizeof sum);
}

// A number at a bound, or near what it was.
Word another_number(Word was, Random& random) {
  constexpr std::array<Word, 8> kBounds = {
      0, 1, 2, 0x7fff'ffff, 0xffff'ffff, Word{1} << 47, Word{1} << 63, ~Word{0}};
  switch (random() % 4) {
    case 0:
      return kBounds[random() % kBounds.size()];
    case 1:
      return was ^ (Word{1} << (random() % 64));
    case 2:
      return was + 1;
    default:
      return was - 1;
  }
}
template <class T>
void change_one(std::vector<T>& all, Random& random, const auto& change) {
  if (!all.empty() && random() % 3 != 0) {
    change(all[random() % all.size()]);
  } else if (!all.empty() && random() % 2 != 0) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(random() % all.size()));
  } else if (all.empty()) {
    all.emplace_back();
  } else {
    all.push_back(all[random() % all.size()]);
  }
}
void change_raw(std::vector<std::byte>& bytes, Random& random) {
  change_one(bytes, random, [&](std::byte& byte) { byte = static_cast<std::byte>(random()); });
}
void change_blob(StoredBlob& blob, Word objects, Random& random) {
  if (random() % 2 == 0) return change_raw(blob.bytes, random);
  change_one(blob.links, random, [&](StoredBlob::Link& link) {
    if (random() % 2 == 0) {
      link.at = static_cast<std::uint32_t>(another_number(link.at, random));
    } else {
      link.object = random() % (objects + 1);
    }
  });
}
// One part of the state is another; the rest fits as it did.
void change_state(StoredState& state, Random& random) {
  const Word objects = state.objects.size();
  auto& object = state.objects[random() % objects];
  const auto& other = state.objects[random() % objects];
  switch (random() % 8) {
    case 0:
      state.names[random() % state.names.size()].second = random() % (objects + 1);
      break;
    case 1:
      object.kind = random() % 2 == 0 ? other.kind : another_number(object.kind, random);
      break;
    case 2:
      object.type = other.type;
      break;
    case 3:
      object.kind = other.kind;
      object.type = other.type;
      break;
    case 4:
      change_one(object.words, random, [&](Word& word) { word = another_number(word, random); });
      break;
    case 5:
      change_raw(object.raw, random);
      break;
    case 6:
      change_one(object.blobs, random, [&](StoredBlob& blob) { change_blob(blob, objects, random); });
      break;
    case 7:
      change_one(object.objects, random, [&](Word& number) { number = random() % (objects + 1); });
      break;
  }
}

std::string changed_state(const std::string& good, Random& random) {
  auto state = decode_state(std::as_bytes(std::span(good)), "good");
  do change_state(state, random);
  while (random() % 4 == 0);
  const auto bytes = encode_state(state);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Some refer to each other in a circle, and stay for ever, as counted objects do.
bool has_circle(const StoredState& state) {
  std::vector<std::set<Word>> wanted;
  for (const auto& object : state.objects) {
    auto& others = wanted.emplace_back(object.objects.begin(), object.objects.end());
    for (const auto& blob : object.blobs) {
      for (const auto& link : blob.links) others.insert(link.object);
    }
  }
  std::set<Word> free;
  const auto is_free = [&free](Word number) { return free.contains(number); };
  for (std::size_t before = ~std::size_t{0}; free.size() != before;) {
    before = free.size();
    for (Word number = 0; number < wanted.size(); ++number) {
      if (std::ranges::all_of(wanted[number], is_free)) free.insert(number);
    }
  }
  return free.size() != wanted.size();
}

class SaveFuzz : public Save {
 protected:
  // Loads the file, reads all of it, and lets go of it. The types are those that the file has: what has another is not
  // opened.
  void load_and_read(const std::string& bytes) {
    write_file(path("changed"), bytes);
    std::vector<std::string> names;
    try {
      names = shared().load(path("changed"));
    } catch (const DataError&) {
      ++refused;
      return;
    } catch (const OutOfSharedMemory&) {  // elements so large that a Queue of them has no room
      ++refused;
      return;
    }
    ++accepted;
    const auto state = decode_state(std::as_bytes(std::span(bytes)), "changed");
    ASSERT_EQ(names.size(), state.names.size());
    for (const auto& [name, number] : state.names) {
      const auto reader = kReaders.find(state.objects[number].type);
      if (reader == kReaders.end()) continue;
      try {
        reader->second(name);
        ++read;
      } catch (const DataError&) {  // seen only by whoever knows the type
        ++damaged;
      }
    }
    forget_names();
    if (has_circle(state)) in_use = heap_in_use();
  }

  std::size_t in_use = 0;  // of the heap, without anything that was loaded
  int refused = 0;
  int accepted = 0;
  int read = 0;
  int damaged = 0;
};

TEST_F(SaveFuzz, EveryChangeIsADataErrorOrHarmless) {
  session().join();  // nobody needs the names that are there, as they go
  on_manager([this] {
    const auto inner = shared().list<int>({1, 2});
    make_objects(inner);
    const auto names = names_of_objects();
    shared().save(path("good"), names);
    forget_names();
    const std::string good = read_file(path("good"));
    load_and_read(good);
    ASSERT_EQ(read, std::ssize(names));
    ASSERT_GE(names.size(), kReaders.size());
    in_use = heap_in_use();

    Random random(seed());
    const char* given = std::getenv("COHORT_TEST_FUZZ_SECONDS");
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(given != nullptr ? std::atoi(given) : 1);
    for (int round = 0; round < 300 || std::chrono::steady_clock::now() < until; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      const bool fits = round % 8 != 0;
      std::string bytes = good;
      if (round % 2 != 0) {
        bytes = changed_state(good, random);
      } else {
        change_bytes(bytes, random);
        if (fits) make_fit(bytes);
      }
      const auto refused_before = refused;
      ASSERT_NO_THROW(load_and_read(bytes));
      if (!fits && bytes != good) {
        ASSERT_EQ(refused, refused_before + 1) << "the checksum does not fit";
      }
      ASSERT_EQ(heap_in_use(), in_use) << "something of what was loaded has stayed";
      if (HasFatalFailure()) return;
    }
    std::printf("%d refused, %d accepted with %d objects read and %d damaged\n", refused, accepted, read,
                damaged);
    EXPECT_GT(refused, 100);
    EXPECT_GT(accepted, 10);
    EXPECT_EQ(inner, (std::vector<int>{1, 2}));
  });
}

}  // namespace
}  // namespace cohort::test
