// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of a manager's Namespace mean (_TestContainers.test_namespace,
// TestSyncManagerTypes.test_namespace), in our words.
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

// Set, read, deleted, asked for (_TestContainers.test_namespace).
TEST(CPythonNamespace, HasTheNamesThatWereSetAndNotDeleted) {
  on_manager([] {
    const auto space = shared().name_space();
    EXPECT_TRUE(space.names().empty());
    space.set("who", "Ada");
    space.set("what", "engines");
    EXPECT_EQ(space.get<std::string>("who"), "Ada");
    EXPECT_EQ(space.get<std::string>("what"), "engines");
    space.erase("what");
    EXPECT_TRUE(space.contains("who"));
    EXPECT_FALSE(space.contains("what"));
    EXPECT_EQ(space.names(), std::vector<std::string>{"who"});
  });
}

// AttributeError is std::out_of_range, of reading and of deleting; getattr with a default does not mind.
TEST(CPythonNamespace, RefusesNamesThatAreNotThere) {
  on_manager([] {
    const auto space = shared().name_space();
    space.set("x", 1);
    EXPECT_THROW(static_cast<void>(space.get<int>("y")), std::out_of_range);
    EXPECT_THROW(space.erase("y"), std::out_of_range);
    EXPECT_EQ(space.get("y", 5), 5);
    EXPECT_FALSE(space.contains("y")) << "a default is not kept";
    space.erase("x");
    EXPECT_THROW(space.erase("x"), std::out_of_range);
    EXPECT_THROW(static_cast<void>(space.get<int>("x")), std::out_of_range);
  });
}

// A process reads one attribute and makes another (TestSyncManagerTypes.test_namespace).
TEST(CPythonNamespace, AProcessReadsAndSets) {
  on_manager([] {
    const auto space = shared().name_space();
    space.set("x", 0);
    Process process(
        [](Namespace theirs) {
          if (theirs.get<int>("x") != 0) throw std::runtime_error("another x");
          theirs.set("x", 1);
          theirs.set("y", std::vector<int>{1, 2});
          theirs.erase("gone");
        },
        space);
    space.set("gone", true);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_EQ(space.get<int>("x"), 1);
    EXPECT_EQ(space.get<std::vector<int>>("y"), (std::vector{1, 2}));
    EXPECT_EQ(space.names(), (std::vector<std::string>{"x", "y"}));
  });
}

// An attribute may become anything; here its type must be named, and another one is refused.
TEST(CPythonNamespace, AnAttributeMayChangeItsType) {
  on_manager([] {
    const auto space = shared().name_space();
    space.set("x", 1);
    space.set("x", 2.5);
    EXPECT_EQ(space.get<double>("x"), 2.5);
    EXPECT_TRUE(has(usage_error([&] { static_cast<void>(space.get<int>("x")); }), "double"));
    space.set("x", "text");
    EXPECT_EQ(space.get<std::string>("x"), "text");
    EXPECT_EQ(space.names().size(), 1U);
  });
}

// What is got is a copy, as from every proxy, unless it is a shared object.
TEST(CPythonNamespace, APlainValueIsACopyAndASharedOneIsNot) {
  on_manager([] {
    const auto space = shared().name_space();
    space.set("plain", std::vector<int>{1});
    space.set("shared", shared().list({1}));
    space.get<std::vector<int>>("plain").push_back(2);
    space.get<List<int>>("shared").append(2);
    EXPECT_EQ(space.get<std::vector<int>>("plain"), std::vector{1});
    EXPECT_EQ(space.get<List<int>>("shared"), (std::vector{1, 2}));
  });
}

// Python's proxy keeps names that begin with an underscore to itself. No name is special here.
TEST(CPythonNamespace, NamesWithAnUnderscoreAreSharedAsAllOthers) {
  on_manager([] {
    const auto space = shared().name_space();
    space.set("_x", 1);
    Process process([](Namespace theirs) { theirs.set("_x", theirs.get("_x", 10) + 1); }, space);
    process.start();
    process.join();
    EXPECT_EQ(space.get("_x", 0), 2);
    EXPECT_EQ(space.names(), std::vector<std::string>{"_x"});
  });
}

}  // namespace
}  // namespace cohort::test
