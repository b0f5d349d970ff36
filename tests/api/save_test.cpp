// SPDX-License-Identifier: BSL-1.0
// Manager::save() and load(): what comes back, and what does not from files that are damaged.
#include "api/save_support.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include <boost/crc.hpp>

#include "cohort/containers/stored.hpp"
#include "support/thrown.hpp"

namespace cohort::test {
namespace {

namespace fs = std::filesystem;

struct Point {
  int x;
  int y;
  friend bool operator==(const Point&, const Point&) = default;
};

// Copies of the file's objects cannot have the names that the objects have: each name is loaded but once.
// So what was saved under a name is loaded by a file in which the name has another last letter.
std::string renamed(std::string bytes, const std::string& from, const std::string& to) {
  for (auto at = bytes.find(from); at != bytes.npos; at = bytes.find(from, at + 1))
    bytes.replace(at, from.size(), to);
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + 32, bytes.size() - 32);
  const std::uint32_t sum = crc.checksum();
  std::memcpy(bytes.data() + 24, &sum, sizeof sum);
  return bytes;
}

TEST_F(Save, EveryKindComesBack) {
  on_manager([this] {
    auto& m = shared();
    m.open<List<int>>("a.list", std::vector<int>{1, 2, 3});
    m.open<List<std::string>>("a.texts", std::vector<std::string>{"one", "", std::string(10'000, 'x')});
    m.open<Value<double>>("a.value", 2.5);
    m.open<Value<std::string>>("a.text", "hello");
    m.open<Array<Point>>("a.array", std::vector<Point>{{1, 2}, {3, 4}});
    m.open<List<int>>("a.empty");
    m.save(path("all"));
    EXPECT_TRUE(has(usage_error([&] { m.load(path("all")); }), "is taken"));
    m.save(path("state"), {"a.list", "a.texts", "a.value", "a.text", "a.array", "a.empty"});
    EXPECT_LT(fs::file_size(path("state")), fs::file_size(path("all")));
    write_file(path("copy"), renamed(read_file(path("state")), "a.", "b."));
    const auto names = m.load(path("copy"));
    EXPECT_EQ(std::ranges::count(names, "b.list"), 1);
    EXPECT_EQ(m.open<List<int>>("b.list"), (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(m.open<List<std::string>>("b.texts"),
              (std::vector<std::string>{"one", "", std::string(10'000, 'x')}));
    EXPECT_EQ(m.open<Value<double>>("b.value").get(), 2.5);
    EXPECT_EQ(m.open<Value<std::string>>("b.text").get(), "hello");
    EXPECT_EQ(m.open<Array<Point>>("b.array"), (std::vector<Point>{{1, 2}, {3, 4}}));
    EXPECT_TRUE(m.open<List<int>>("b.empty").empty());
    // They are like any other.
    m.open<List<int>>("b.list").append(4);
    m.open<Array<Point>>("b.array")[0] = Point{9, 9};
    EXPECT_EQ(m.open<List<int>>("a.list").size(), 3U);
    EXPECT_TRUE(has(usage_error([&] { (void)m.open<List<long>>("b.list"); }),
                    "'b.list' is a cohort::List<int>, not a cohort::List<long>"));
    EXPECT_TRUE(has(usage_error([&] { (void)m.open<List<long>>("b.empty"); }), "cohort::List<int>"));
  });
}

TEST_F(Save, AnyRankMaySaveAndLoad) {
  if (session().rank() == ranks() - 1) {
    fs::create_directories(folder_);
    shared().open<List<int>>("b.last", std::vector<int>{4, 5});
    shared().save(path("state"), {"b.last"});
    write_file(path("copy"), renamed(read_file(path("state")), "b.last", "b.lasT"));
    shared().load(path("copy"));
    fs::remove_all(folder_);
  }
  session().join();
  EXPECT_EQ(shared().open<List<int>>("b.lasT").copy(), (std::vector<int>{4, 5}));
}

TEST_F(Save, ContainersComeBack) {
  on_manager([this] {
    auto& m = shared();
    m.open<Dict<std::string, int>>("j.words", std::vector<std::pair<std::string, int>>{{"b", 1}, {"a", 2}});
    m.open<Dict<int, std::string>>("j.names",
                                   std::vector<std::pair<int, std::string>>{{7, "seven"}, {1, ""}});
    m.open<Dict<long, Point>>("j.points", std::vector<std::pair<long, Point>>{{5, Point{6, 7}}});
    m.open<Dict<int, List<int>>>("j.lists").set(3, m.list<int>({3, 33}));
    m.open<Dict<int, int>>("j.nothing");
    m.open<Set<std::string>>("j.set", std::vector<std::string>{"x", "y"});
    m.open<Queue<std::string>>("j.queue", 5).put("first");
    const auto numbers = m.open<Queue<short>>("j.numbers");
    for (short i = 0; i < 3000; ++i) numbers.put(i);
    for (short i = 0; i < 1100; ++i) numbers.get();
    numbers.close();
    m.save(path("state"),
           {"j.words", "j.names", "j.points", "j.lists", "j.nothing", "j.set", "j.queue", "j.numbers"});
    write_file(path("copy"), renamed(read_file(path("state")), "j.", "k."));
    m.load(path("copy"));

    const auto words = m.open<Dict<std::string, int>>("k.words");
    EXPECT_EQ(words.items(), (std::vector<std::pair<std::string, int>>{{"b", 1}, {"a", 2}}));
    words["c"] = 3;
    words.erase("b");
    EXPECT_EQ(words.keys(), (std::vector<std::string>{"a", "c"}));
    EXPECT_EQ((m.open<Dict<int, std::string>>("k.names").items()),
              (std::vector<std::pair<int, std::string>>{{7, "seven"}, {1, ""}}));
    EXPECT_EQ((m.open<Dict<long, Point>>("k.points").get(5)), (Point{6, 7}));
    EXPECT_EQ((*m.open<Dict<int, List<int>>>("k.lists").get(3)), (std::vector<int>{3, 33}));
    EXPECT_TRUE((m.open<Dict<int, int>>("k.nothing").empty()));
    m.open<Dict<int, int>>("k.nothing")[1] = 2;
    EXPECT_TRUE(m.open<Set<std::string>>("k.set").contains("y"));
    const auto queue = m.open<Queue<std::string>>("k.queue");
    for (int i = 0; i < 4; ++i) queue.put("more");
    EXPECT_FALSE(queue.try_put("too much"));
    EXPECT_EQ(queue.get(), "first");
    const auto loaded = m.open<Queue<short>>("k.numbers");
    EXPECT_EQ(loaded.size(), 1900U);
    for (short i = 1100; i < 3000; ++i) ASSERT_EQ(loaded.get(), i);
    EXPECT_THROW(loaded.get(), Closed);
  });
}

TEST_F(Save, LocksComeBackFree) {
  on_manager([this] {
    auto& m = shared();
    const auto lock = m.open<Lock>("l.lock");
    const auto rlock = m.open<RLock>("l.rlock");
    const std::scoped_lock held(lock, rlock);
    m.open<BoundedSemaphore>("l.bounded", 3).acquire();
    m.open<Event>("l.event").set();
    m.save(path("state"), {"l.lock", "l.rlock", "l.bounded", "l.event"});
    write_file(path("copy"), renamed(read_file(path("state")), "l.", "m."));
    m.load(path("copy"));
    EXPECT_TRUE(m.open<Lock>("m.lock").try_lock());
    EXPECT_TRUE(m.open<Lock>("m.lock").locked());
    m.open<Lock>("m.lock").unlock();
    auto loaded = m.open<RLock>("m.rlock");
    const std::scoped_lock again(loaded);
    const auto bounded = m.open<BoundedSemaphore>("m.bounded");
    bounded.release();
    EXPECT_THROW(bounded.release(), std::invalid_argument);
    EXPECT_TRUE(m.open<Event>("m.event").wait(0s));
  });
}

TEST_F(Save, ConditionsAndBarriersComeBackWithNobodyAtThem) {
  on_manager([this] {
    auto& m = shared();
    const auto lock = m.open<RLock>("p.rlock");
    const std::scoped_lock held(lock);
    m.open<Condition>("p.condition", lock);
    m.open<Barrier>("p.barrier", 2);
    m.open<Barrier>("p.broken", 3).abort();
    m.save(path("state"), {"p.barrier", "p.broken", "p.condition"});
    write_file(path("copy"), renamed(read_file(path("state")), "p.", "q."));
    m.load(path("copy"));
    auto condition = m.open<Condition>("q.condition");
    {
      const std::scoped_lock twice(condition);  // its lock came along, and is free
      const std::scoped_lock again(condition);  // and still an RLock
      EXPECT_FALSE(condition.wait(1ms));
    }
    const auto barrier = m.open<Barrier>("q.barrier", 9);
    Process other(
        [](const Condition& theirs, const Barrier& at) {
          {
            const std::scoped_lock notifies(theirs);
            theirs.notify();
          }
          at.wait();
        },
        condition, barrier);
    {
      const std::scoped_lock waits(condition);
      other.start();
      condition.wait();
    }
    barrier.wait();
    other.join();
    EXPECT_EQ(m.open<Barrier>("q.broken", 9).parties(), 3);
    EXPECT_TRUE(m.open<Barrier>("q.broken", 9).broken());
    EXPECT_FALSE(barrier.broken());
  });
}

TEST_F(Save, WhatLeadsToSomethingOfThisJobIsRefusedByItsName) {
  on_manager([this] {
    auto& m = shared();
    m.open<Dict<int, List<Connection<int>>>>("r.deep").set(1, m.list<Connection<int>>());
    m.save(path("empty"), {"r.deep"});
    const auto [near, far] = m.pipe<int>();
    (*m.open<Dict<int, List<Connection<int>>>>("r.deep").get(1)).append(near);
    m.open<Barrier>("r.action", 2, [] {});
    EXPECT_EQ(usage_error([&] { m.save(path("x"), {"r.deep"}); }),
              "'r.deep' cannot be saved: a cohort::Connection<int>: its other end belongs to this run; "
              "a Queue can be saved");
    (*m.open<Dict<int, List<Connection<int>>>>("r.deep").get(1)).clear();
    Pool pool(1);
    m.open<List<Future<int>>>("r.futures").append(pool.apply_async([] { return 1; }));
    EXPECT_EQ(
        usage_error([&] { m.save(path("x"), {"r.futures"}); }),
        "'r.futures' cannot be saved: a cohort::Future<int>: it is work of this run; what get() returns "
        "can be saved");
    m.open<List<Future<int>>>("r.futures").clear();
    EXPECT_EQ(usage_error([&] { m.save(path("x"), {"r.action"}); }),
              "'r.action' cannot be saved: a cohort::Barrier: it has an action, which is a part of this "
              "program; make it anew after load()");
    EXPECT_FALSE(fs::exists(path("x")));
  });
}

TEST_F(Save, NamespacesKeepTheTypesOfTheirValues) {
  on_manager([this] {
    auto& m = shared();
    const auto space = m.open<Namespace>("n.space");
    space.set("number", 3);
    space.set("text", "three");
    space.set("list", m.list<int>({3}));
    m.save(path("state"), {"n.space"});
    write_file(path("copy"), renamed(read_file(path("state")), "n.space", "o.space"));
    m.load(path("copy"));
    const auto loaded = m.open<Namespace>("o.space");
    EXPECT_EQ(loaded.names(), (std::vector<std::string>{"number", "text", "list"}));
    EXPECT_EQ(loaded.get<int>("number"), 3);
    EXPECT_EQ(loaded.get<std::string>("text"), "three");
    EXPECT_EQ(loaded.get<List<int>>("list"), std::vector<int>{3});
    EXPECT_FALSE(loaded.get<List<int>>("list").is_same(space.get<List<int>>("list")));
    EXPECT_THROW(loaded.get<long>("number"), UsageError);
  });
}

TEST_F(Save, WhatObjectsReferToComesAlong) {
  on_manager([this] {
    auto& m = shared();
    const auto shared_one = m.list<int>({7});
    const auto outer = m.open<List<List<int>>>("c.outer");
    outer.extend({shared_one, m.list<int>({8, 9}), shared_one});
    m.open<List<std::vector<List<int>>>>("c.many").append({shared_one, shared_one});
    m.save(path("state"), {"c.outer", "c.many"});
    write_file(path("copy"), renamed(read_file(path("state")), "c.", "d."));
    EXPECT_EQ(m.load(path("copy")), (std::vector<std::string>{"d.many", "d.outer"}));
    const auto loaded = m.open<List<List<int>>>("d.outer");
    ASSERT_EQ(loaded.size(), 3U);
    EXPECT_EQ(loaded.get(1), (std::vector<int>{8, 9}));
    EXPECT_FALSE(loaded.get(0).is_same(shared_one));
    EXPECT_TRUE(loaded.get(0).is_same(loaded.get(2)));
    loaded.get(0).append(70);
    EXPECT_EQ(m.open<List<std::vector<List<int>>>>("d.many").get(0)[1], (std::vector<int>{7, 70}));
    EXPECT_EQ(shared_one, (std::vector<int>{7}));
  });
}

TEST_F(Save, IsRefusedWithAReason) {
  on_manager([this] {
    auto& m = shared();
    m.open<List<int>>("f.list", std::vector<int>(100, 5));
    m.save(path("good"), {"f.list"});
    const std::string good = read_file(path("good"));
    const auto loading = [&](std::string bytes) {
      write_file(path("bad"), bytes);
      return text_of<DataError>([&] { m.load(path("bad")); });
    };
    const std::string bad = "'" + path("bad") + "' ";
    EXPECT_EQ(loading(""), bad + "was not written by Manager::save()");
    EXPECT_EQ(loading("something else altogether, and long enough to be one"),
              bad + "was not written by Manager::save()");
    EXPECT_EQ(loading(good.substr(0, 20)), bad + "is cut short within its first 32 bytes");
    EXPECT_EQ(loading(good.substr(0, 100)),
              bad + "is cut short: 100 of " + std::to_string(good.size()) + " bytes are there");
    EXPECT_EQ(loading(good + "xy"), bad + "has 2 bytes too many");
    std::string flipped = good;
    flipped[200] = static_cast<char>(flipped[200] ^ 1);
    EXPECT_EQ(loading(flipped), bad + "is damaged: its checksum is wrong");
    std::string newer = good;
    newer[8] = 9;
    EXPECT_EQ(loading(newer), bad + "is in format 9 of a newer Cohort; this one reads format 1");
    std::string foreign = good;
    std::swap(foreign[12], foreign[15]);
    EXPECT_EQ(loading(foreign), bad + "comes from a machine with another order of bytes");

    EXPECT_EQ(usage_error([&] { m.load(path("good")); }),
              "the name 'f.list' is taken; load a file before anything has its names");
    EXPECT_EQ(usage_error([&] { m.save(path("x"), {"f.nothing"}); }),
              "no object is named 'f.nothing'; save() takes names that open() was given");
    EXPECT_EQ(text_of<Error>([&] { m.load(path("nowhere")); }),
              "cannot read '" + path("nowhere") + "': No such file or directory");
    EXPECT_TRUE(has(text_of<Error>([&] { m.save("/proc/nowhere/state", {"f.list"}); }),
                    "cannot create '/proc/nowhere/state"));
    EXPECT_EQ(m.open<List<int>>("f.list").size(), 100U);
    // What could not be written has not touched what was there, and left nothing behind.
    EXPECT_EQ(read_file(path("good")), good);
    for (const auto& entry : fs::directory_iterator(folder_))
      EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
  });
}

// Larger ones cannot be written, for a scope.
class FilesOfAtMost {
 public:
  explicit FilesOfAtMost(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FilesOfAtMost() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FilesOfAtMost(const FilesOfAtMost&) = delete;
  FilesOfAtMost& operator=(const FilesOfAtMost&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int);
};

// What the system says stands behind what was tried, and with which file.
TEST_F(Save, SaysWhichFileCouldNotBeReadOrWritten) {
  on_manager([this] {
    auto& m = shared();
    m.open<List<int>>("p.list", std::vector<int>{1});
    const std::string temporary = ".tmp." + std::to_string(::getpid());
    EXPECT_EQ(text_of<Error>([&] { m.save("/proc/nowhere/state", {"p.list"}); }),
              "cannot create '/proc/nowhere/state" + temporary + "': No such file or directory");
    fs::create_directory(path("folder"));
    EXPECT_EQ(text_of<Error>([&] { m.save(path("folder"), {"p.list"}); }),
              "cannot replace '" + path("folder") + "': Is a directory");
    EXPECT_EQ(text_of<Error>([&] { m.load(path("folder")); }),
              "cannot read '" + path("folder") + "': Is a directory");
    {
      const FilesOfAtMost few(16);
      EXPECT_EQ(text_of<Error>([&] { m.save(path("large"), {"p.list"}); }),
                "cannot write '" + path("large") + temporary + "': File too large");
    }
    EXPECT_FALSE(fs::exists(path("large")) || fs::exists(path("large") + temporary));
    m.save(path("large"), {"p.list"});
    EXPECT_TRUE(fs::exists(path("large")));
  });
}

// As of a program that was built with another int.
TEST_F(Save, OfATypeThatHasChangedIsRefusedWhenItIsOpened) {
  on_manager([this] {
    auto& m = shared();
    m.open<List<int>>("r.list", std::vector<int>{1, 2});
    m.save(path("state"), {"r.list"});
    const std::string bytes = read_file(path("state"));
    StoredState state = decode_state(std::as_bytes(std::span(bytes)), "state");
    state.names[0].first = "r.other";
    state.objects[0].kind = List<long>::kKind;
    state.objects[0].raw.resize(2 * sizeof(long));
    const auto changed = encode_state(state);
    write_file(path("state"), {reinterpret_cast<const char*>(changed.data()), changed.size()});
    m.load(path("state"));
    EXPECT_EQ(text_of<DataError>([&] { (void)m.open<List<int>>("r.other"); }),
              "'r.other' was saved by a program with another cohort::List<int>; load it with that program");
  });
}

// What only a value's type can tell is found when it is read.
TEST_F(Save, AValueThatSpeaksOfNoObjectOfItsTypeIsADataErrorWhereItIsRead) {
  on_manager([this] {
    auto& m = shared();
    const std::string gone = "a value speaks of a shared object that is gone, or is of another type";
    m.open<List<List<int>>>("s.outer").append(m.list<int>({1}));
    m.open<Queue<int>>("s.other");
    m.save(path("good"), {"s.outer", "s.other"});
    const std::string good = read_file(path("good"));
    // Each time under other names.
    const auto reading = [&](const std::string& prefix, const auto& change) {
      StoredState state = decode_state(std::as_bytes(std::span(good)), "good");
      for (auto& [name, number] : state.names) name.replace(0, 2, prefix);
      for (auto& object : state.objects) {
        if (!object.blobs.empty()) change(object.blobs[0], state.names[0].second);
      }
      const auto bytes = encode_state(state);
      write_file(path("changed"), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      m.load(path("changed"));
      return text_of<DataError>([&] { (void)m.open<List<List<int>>>(prefix + "outer").get(0); });
    };
    EXPECT_EQ(reading("t.", [](StoredBlob& blob, Word other) { blob.links[0].object = other; }), gone);
    // No link, and other places in its stead: far outside of the window, in it, and in its head.
    int number = 0;
    for (const Word place : {Word{1} << 46, Word{3} << 48, Word{64} << 20, Word{5} << 20, Word{0}}) {
      const auto change = [address = place + kObjectBytes / 2](StoredBlob& blob, Word) {
        blob.links.clear();
        std::memcpy(blob.bytes.data(), &address, sizeof address);
      };
      EXPECT_EQ(reading(std::to_string(++number) + ".", change), gone) << place;
    }
    EXPECT_EQ(m.open<List<List<int>>>("s.outer").get(0), std::vector<int>{1});
  });
}

TEST_F(Save, OneThatDoesNotFitChangesNothing) {
  on_manager([this] {
    auto& m = shared();
    m.open<Array<char>>("g.large", std::size_t{20} << 20);
    m.open<List<int>>("g.small", std::vector<int>{1});
    m.save(path("state"), {"g.large", "g.small"});
    write_file(path("copy"), renamed(read_file(path("state")), "g.", "h."));
    std::vector<Array<char>> rest;
    try {
      for (;;) rest.push_back(m.array<char>(std::size_t{4} << 20));
    } catch (const OutOfSharedMemory&) {
    }
    EXPECT_THROW(m.load(path("copy")), OutOfSharedMemory);
    rest.clear();
    EXPECT_EQ(m.open<List<int>>("h.small").size(), 0U) << "was loaded after all";
  });
}

}  // namespace
}  // namespace cohort::test
