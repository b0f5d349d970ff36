// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include "support/support.hpp"

namespace cohort::test {
namespace {

TEST(Dict, FirstSteps) {
  on_manager([] {
    auto d = session().manager().dict<long, long>({{1, 2}, {3, 4}});
    d[5] = 6;
    d[5] += 1;
    EXPECT_EQ(d.size(), 3U);
    std::ostringstream out;
    out << d;
    EXPECT_EQ(out.str(), "{1: 2, 3: 4, 5: 7}");
    auto s = session().manager().dict<std::string, std::string>({{"a", "b"}});
    s["x"] = "y";
    EXPECT_EQ(s.pop("a"), "b");
    EXPECT_EQ(s.size(), 1U);
    auto set = session().manager().set<int>({1, 2, 3});
    EXPECT_FALSE(set.add(2));
    EXPECT_TRUE((set & session().manager().set<int>({2, 9})) == std::vector<int>{2});
    auto ns = session().manager().name_space();
    ns.set("x", 3);
    ns.set("y", "text");
    EXPECT_EQ(ns.get<int>("x"), 3);
    EXPECT_EQ(ns.get<std::string>("y"), "text");
    EXPECT_THROW(ns.get<int>("y"), UsageError);
  });
}

}  // namespace
}  // namespace cohort::test
