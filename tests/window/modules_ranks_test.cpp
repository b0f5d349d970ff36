// SPDX-License-Identifier: BSL-1.0
// A token made in one rank is the same place in every rank.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include "cohort/error.hpp"
#include "cohort/value.hpp"
#include "cohort/window/modules.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

int twice(int x) { return 2 * x; }
int thrice(int x) { return 3 * x; }

// As a Process's trampoline: one function for each type of callable.
template <class F>
int call(int x) {
  return F{}(x);
}

template <class Function>
Function* place_of(Token token) {
  return reinterpret_cast<Function*>(const_cast<void*>(Modules::place(token)));
}

// Rank 0's token for `place`, as all ranks see it.
Token token_of_manager(const void* place) {
  static int names = 0;
  auto value = manager().open<Value<std::uint64_t>>("token " + std::to_string(++names));
  if (is_manager()) value.set(Modules::token(place));
  session().join();
  const Token token = value.get();
  session().join();
  return token;
}

TEST(Modules, FunctionsAreTheSameInEveryRank) {
  const Token two = token_of_manager(reinterpret_cast<const void*>(&twice));
  const Token three = token_of_manager(reinterpret_cast<const void*>(&thrice));
  EXPECT_NE(two, three);
  EXPECT_EQ(two, Modules::function_token(&twice));
  EXPECT_EQ(place_of<int(int)>(two)(21), 42);
  EXPECT_EQ(place_of<int(int)>(three)(14), 42);
  EXPECT_EQ(Modules::place(two), reinterpret_cast<const void*>(&twice));
}

TEST(Modules, LambdasOfTheSameTextAreTold) {
  const auto plus_one = [](int x) { return x + 1; };
  const auto minus_one = [](int x) { return x - 1; };
  const Token plus = token_of_manager(reinterpret_cast<const void*>(&call<decltype(plus_one)>));
  const Token minus = token_of_manager(reinterpret_cast<const void*>(&call<decltype(minus_one)>));
  EXPECT_NE(plus, minus);
  EXPECT_EQ(place_of<int(int)>(plus)(41), 42);
  EXPECT_EQ(place_of<int(int)>(minus)(43), 42);
}

TEST(Modules, FunctionsOfSharedLibrariesTravel) {
  using Half = std::div_t(int, int);  // no sanitizer has its own
  const Token token = token_of_manager(reinterpret_cast<const void*>(static_cast<Half*>(&std::div)));
  EXPECT_EQ(place_of<Half>(token)(85, 2).quot, 42);
  EXPECT_NE(token >> 48, 0U) << "not in the program itself";
  EXPECT_EQ(Modules::function_token(&twice) >> 48, 0U) << "the program comes first";
}

TEST(Modules, ConstantsTravel) {
  static const char text[] = "a constant of the program";
  EXPECT_STREQ(static_cast<const char*>(Modules::place(token_of_manager(text))), text);
}

TEST(Modules, WhatIsInNoModuleIsAUsageError) {
  const auto heap = std::make_unique<int>(1);
  int stack = 0;
  for (const void* place : {static_cast<const void*>(heap.get()), static_cast<const void*>(&stack),
                            static_cast<const void*>(nullptr)}) {
    try {
      Modules::token(place);
      ADD_FAILURE();
    } catch (const UsageError& error) {
      EXPECT_STREQ(error.what(),
                   "a function of a library that was loaded after the start cannot travel to other ranks");
    }
  }
}

TEST(Modules, TokenOfAModuleThatIsNotHereIsAUsageError) {
  try {
    Modules::place((Token{0xffff} << 48) | 16);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "this rank has not loaded a library that another rank's Process comes from");
  }
}

}  // namespace
}  // namespace cohort::test
