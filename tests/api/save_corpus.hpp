// SPDX-License-Identifier: BSL-1.0
// What a file is made of before it is changed: objects of many types, and how each is read again.
#pragma once

#include <cohort/cohort.hpp>

#include <concepts>
#include <map>
#include <string>
#include <typeinfo>
#include <vector>

#include "api/save_reader.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "process/process_support.hpp"

namespace cohort::test {

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
inline const Readers kReaders =
    readers_of<List<int>, List<std::string>, List<List<int>>, List<std::vector<List<int>>>,
               List<Dict<std::string, int>>, Value<int>, Value<std::string>, Array<short>, Dict<int, double>,
               Dict<std::string, int>, Dict<std::string, List<int>>, Dict<int, Dict<std::string, int>>,
               Set<int>, Set<std::string>, Queue<int>, Queue<std::string>, Queue<List<int>>, Namespace, Lock,
               RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier>();

// One object or more of every type above, by names that begin with "i.".
inline void make_objects(const List<int>& inner) {
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
inline std::vector<std::string> names_of_objects() {
  std::vector<std::string> names;
  with_heap([&names](const auto& heap) {
    Directory(heap).each([&names](ObjectId, const std::string& name) {
      if (name.starts_with("i.")) names.push_back(name);
    });
  });
  return names;
}

}  // namespace cohort::test
