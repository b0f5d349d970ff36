// SPDX-License-Identifier: BSL-1.0
// A Reader reads everything that an object shows, and what it refers to. Of a Queue the values are taken.
#pragma once

#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <concepts>
#include <cstddef>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "process/process_support.hpp"

namespace cohort::test {

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

}  // namespace cohort::test
