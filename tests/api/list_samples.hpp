// SPDX-License-Identifier: BSL-1.0
// Element types that the list tests are repeated for, and how the tests get at a rank.
#pragma once

#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "support/support.hpp"

namespace cohort::test {

// 16 bytes: two words, which a careless reader could see half changed.
struct Pair16 {
  std::int64_t first = 0;
  std::int64_t second = 0;
  friend auto operator<=>(const Pair16&, const Pair16&) = default;
};
static_assert(sizeof(Pair16) == 16);

// 24 bytes, no power of two, and with padding inside.
struct Triple24 {
  std::int64_t number = 0;
  double weight = 0;
  char letter = 'a';
  friend auto operator<=>(const Triple24&, const Triple24&) = default;
};
static_assert(sizeof(Triple24) == 24);

// Not trivially copyable, archived by its own function.
struct Person {
  int age = 0;
  std::string name;
  std::vector<std::string> friends;
  friend auto operator<=>(const Person&, const Person&) = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& age& name& friends;
  }
};

inline std::ostream& operator<<(std::ostream& out, const Pair16& x) {
  return out << '(' << x.first << ", " << x.second << ')';
}
inline std::ostream& operator<<(std::ostream& out, const Triple24& x) {
  return out << '(' << x.number << ", " << x.weight << ", " << x.letter << ')';
}
inline std::ostream& operator<<(std::ostream& out, const Person& x) { return out << x.name << '/' << x.age; }

// sample<T>(n): a value for each n from 0 to 25, in rising order, all different.
template <class T>
T sample(int n) {
  return static_cast<T>(n);
}
template <>
inline long sample<long>(int n) {
  return n * 1'000'000'007L;
}
template <>
inline char sample<char>(int n) {
  return static_cast<char>('a' + n);
}
template <>
inline double sample<double>(int n) {
  return n + 0.5;
}
template <>
inline Pair16 sample<Pair16>(int n) {
  return {n, ~std::int64_t{n}};
}
template <>
inline Triple24 sample<Triple24>(int n) {
  return {n, n / 4.0, static_cast<char>('a' + n)};
}
// Every other one is far too long to be kept inline.
template <>
inline std::string sample<std::string>(int n) {
  return std::string(1, static_cast<char>('a' + n)) + std::string(n % 2 == 0 ? 2 : 300, 'x');
}
template <>
inline std::vector<int> sample<std::vector<int>>(int n) {
  std::vector<int> values(static_cast<std::size_t>(1 + n % 5), n);
  values.back() = n + 1;
  values.front() = n;
  return values;
}
template <>
inline Person sample<Person>(int n) {
  return {n, sample<std::string>(n), std::vector<std::string>(static_cast<std::size_t>(n % 3), "someone")};
}

template <class T>
std::vector<T> samples(std::initializer_list<int> numbers) {
  std::vector<T> result;
  for (const int n : numbers) result.push_back(sample<T>(n));
  return result;
}

// The fixture of what is repeated for every kind of element.
template <class T>
class ListOf : public testing::Test {
 protected:
  static T s(int n) { return sample<T>(n); }
  static std::vector<T> v(std::initializer_list<int> numbers) { return samples<T>(numbers); }
  static cohort::List<T> make(std::initializer_list<int> numbers) {
    return session().manager().list(v(numbers));
  }
};

using ElementTypes =
    testing::Types<int, long, char, double, Pair16, Triple24, std::string, std::vector<int>, Person>;

// Runs `body` on one rank and waits for it on all; what it throws is a failure of the test, not of the job.
template <class Body>
void on_rank(int rank, const Body& body) {
  if (session().rank() == rank) {
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "thrown on rank " << rank << ": " << error.what();
    }
  }
  session().join();
}

// Runs `body` where the lists lie, then where they do not.
template <class Body>
void on_first_and_last_rank(const Body& body) {
  on_rank(0, body);
  if (ranks() > 1) on_rank(ranks() - 1, body);
}

}  // namespace cohort::test
