// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "choices.hpp"
#include "one_tree.hpp"
#include "search.hpp"
#include "serial.hpp"
#include "tour.hpp"
#include "tsplib.hpp"

namespace {

using namespace tsp;

Instance random_instance(std::mt19937& random, std::size_t cities, int largest) {
  std::uniform_int_distribution<int> distance(0, largest);
  Instance instance{"random", cities, std::vector<int>(cities * cities, 0)};
  for (std::size_t a = 0; a < cities; ++a)
    for (std::size_t b = 0; b < a; ++b)
      instance.distances[a * cities + b] = instance.distances[b * cities + a] = distance(random);
  return instance;
}

/// Calls fn with every tour, each in both directions.
template <class F>
void for_each_tour(std::size_t cities, F fn) {
  Tour tour(cities);
  std::iota(tour.begin(), tour.end(), std::uint16_t{0});
  do fn(tour);
  while (std::next_permutation(tour.begin() + 1, tour.end()));
}

long shortest(const Instance& instance) {
  long best = std::numeric_limits<long>::max();
  for_each_tour(instance.cities, [&](const Tour& tour) { best = std::min(best, length_of(instance, tour)); });
  return best;
}

Result solve(const Instance& instance) {
  const auto first = good_tour(instance);
  const OwnBest begin(length_of(instance, first), first);
  return solve_serial(instance, root_of(instance, begin).node, begin.length(), first);
}

unsigned seed() {
  const char* given = std::getenv("COHORT_TEST_SEED");
  const unsigned value = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  std::cout << "COHORT_TEST_SEED=" << value << '\n';
  return value;
}

TEST(Search, FindsTheShortestOfAllTours) {
  std::mt19937 random(seed());
  for (int round = 0; round < 60; ++round) {
    const std::size_t cities = 3 + static_cast<std::size_t>(round) % 6;
    // Few distinct distances make many ties, many make few.
    const auto instance = random_instance(random, cities, round % 2 == 0 ? 5 : 1000);
    const auto result = solve(instance);
    ASSERT_EQ(result.length, shortest(instance)) << "round " << round;
    ASSERT_EQ(length_of(instance, result.tour), result.length);
    auto sorted = result.tour;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < cities; ++i) ASSERT_EQ(sorted[i], i);
  }
}

TEST(Search, AgreesWithThePublishedOptima) {
  const std::map<std::string, long> published{{"burma14", 3323}, {"ulysses16", 6859}, {"gr17", 2085},
                                              {"gr21", 2707},    {"ulysses22", 7013}, {"bays29", 2020},
                                              {"eil51", 426},    {"berlin52", 7542}};
  for (const auto& [name, length] : published) {
    const auto instance = read(std::string(TSP_INSTANCES) + '/' + name + ".tsp");
    EXPECT_EQ(instance.name, name);
    const auto result = solve(instance);
    EXPECT_EQ(result.length, length) << name;
    EXPECT_EQ(length_of(instance, result.tour), length) << name;
  }
}

TEST(Choices, WhatFollowsHoldsForEveryTourThatIsLeft) {
  std::mt19937 random(seed());
  constexpr std::size_t kCities = 7;
  std::uniform_int_distribution<std::size_t> city(0, kCities - 1);
  for (int round = 0; round < 300; ++round) {
    Choices choices(kCities);
    std::vector<std::vector<int>> decided(kCities, std::vector<int>(kCities, 0));  // 1 required, -1 forbidden
    bool possible = true;
    for (int i = 0; i < 6 && possible; ++i) {
      const auto a = city(random), b = city(random);
      if (a == b) continue;
      const bool required = random() % 2 == 0;
      if (decided[a][b] == (required ? -1 : 1)) continue;
      decided[a][b] = decided[b][a] = required ? 1 : -1;
      possible = required ? choices.require(a, b) : choices.forbid(a, b);
    }

    for_each_tour(kCities, [&](const Tour& tour) {
      std::vector<std::vector<bool>> used(kCities, std::vector<bool>(kCities, false));
      for (std::size_t i = 0; i < kCities; ++i) {
        const auto a = tour[i], b = tour[(i + 1) % kCities];
        used[a][b] = used[b][a] = true;
      }
      for (std::size_t a = 0; a < kCities; ++a)
        for (std::size_t b = 0; b < a; ++b)
          if (decided[a][b] != 0 && (decided[a][b] == 1) != used[a][b]) return;

      ASSERT_TRUE(possible) << "round " << round << ": a tour is left";
      for (std::size_t a = 0; a < kCities; ++a) {
        for (std::size_t b = 0; b < a; ++b) {
          if (choices.mark(a, b) == Choices::Mark::free) continue;
          ASSERT_EQ(choices.mark(a, b) == Choices::Mark::required, used[a][b]) << "round " << round;
        }
      }
    });
    if (HasFatalFailure()) return;
  }
}

TEST(OneTree, IsNeverLongerThanTheShortestTour) {
  std::mt19937 random(seed());
  for (int round = 0; round < 40; ++round) {
    const auto instance = random_instance(random, 4 + static_cast<std::size_t>(round) % 5, 100);
    const auto length = shortest(instance);
    const Choices all(instance.cities);
    std::vector<double> multipliers(instance.cities, 0);
    const double plain = shortest_one_tree(instance, all, multipliers).bound;
    const auto tree = raise_bound(instance, all, length + 1, {200, 1}, multipliers);
    EXPECT_LE(plain, tree.bound + 1e-6);
    EXPECT_LE(tree.bound, static_cast<double>(length) + 1e-6);
    EXPECT_EQ(tree.edges.size(), instance.cities);
    if (tree.is_tour()) {
      EXPECT_NEAR(tree.bound, static_cast<double>(length), 1e-6);
    }
  }
}

TEST(Tours, BeginWithCity0AndItsSmallerNeighbour) {
  EXPECT_EQ(normalized({2, 0, 3, 1}), (Tour{0, 2, 1, 3}));
  EXPECT_EQ(normalized({0, 1, 2, 3}), (Tour{0, 1, 2, 3}));
}

Instance of(const std::string& text) {
  std::istringstream stream(text);
  return parse(stream, "file");
}
std::string refusal(const std::string& text) {
  try {
    of(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Tsplib, ReadsDistancesAndCoordinates) {
  const std::string head = "NAME : some\nTYPE : TSP\nCOMMENT : a: b\nDIMENSION : 3\n";
  const auto lower = of(head +
                        "EDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : LOWER_DIAG_ROW\n"
                        "EDGE_WEIGHT_SECTION\n0 1 0 2\n3 0\nEOF\n");
  EXPECT_EQ(lower.name, "some");
  EXPECT_EQ(lower.distances, (std::vector<int>{0, 1, 2, 1, 0, 3, 2, 3, 0}));
  const auto full = of(head +
                       "EDGE_WEIGHT_TYPE : EXPLICIT\r\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\r\n"
                       "EDGE_WEIGHT_SECTION\r\n9999 1 2\r\n1 0 3\r\n2 3 0\r\n");
  EXPECT_EQ(full.distances, lower.distances);
  const auto points = of(head + "EDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n2 3.0 4e0\n1 0 0\n3 0 1.5\n");
  EXPECT_EQ(points.distances, (std::vector<int>{0, 5, 2, 5, 0, 4, 2, 4, 0}));
}

TEST(Tsplib, ErrorsNameTheLine) {
  EXPECT_EQ(refusal("TYPE: ATSP\n"), "file:1: TYPE is 'ATSP'; it may be TSP (symmetric)");
  EXPECT_EQ(refusal("TYPE: TSP\nDIMENSION: 2\n"), "file:2: DIMENSION is '2'; it may be 3 to 200");
  EXPECT_EQ(refusal("\nhello\n"), "file:2: 'hello' is not understood");
  EXPECT_EQ(refusal(""), "file:0: EDGE_WEIGHT_TYPE is missing");
  EXPECT_EQ(refusal("EDGE_WEIGHT_TYPE: ATT\n"),
            "file:1: EDGE_WEIGHT_TYPE is 'ATT'; it may be EUC_2D, GEO or EXPLICIT");
  EXPECT_EQ(refusal("NODE_COORD_SECTION\n"), "file:1: NODE_COORD_SECTION comes before DIMENSION");

  const std::string points = "DIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_2D\n";
  EXPECT_EQ(refusal(points), "file:2: NODE_COORD_SECTION is missing");
  const std::string section = points + "NODE_COORD_SECTION\n1 0 0\n";
  EXPECT_EQ(refusal(section), "file:4: the file ends where city 2 of 3 is expected");
  EXPECT_EQ(refusal(section + "1 0 0\n"), "file:5: city 1 is there twice");
  EXPECT_EQ(refusal(section + "4 0 0\n"), "file:5: '4' is no city; cities are 1 to 3");
  EXPECT_EQ(refusal(section + "2 0 zero\n"),
            "file:5: 'zero' is no coordinate; it may be a number from -250000 to 250000");
  EXPECT_EQ(refusal(section + "2 0 nan\n"),
            "file:5: 'nan' is no coordinate; it may be a number from -250000 to 250000");
  EXPECT_EQ(refusal(section + "2 0 1\n3 1 1 7\n"), "file:6: '7' is more than the section may hold");

  const std::string matrix = "DIMENSION: 3\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: ";
  EXPECT_EQ(refusal(matrix + "UPPER_ROW\nEDGE_WEIGHT_SECTION\n"),
            "file:4: EDGE_WEIGHT_FORMAT is 'UPPER_ROW'; it may be LOWER_DIAG_ROW or FULL_MATRIX");
  EXPECT_EQ(refusal(matrix + "FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 1 2\n1 0 -3\n"),
            "file:6: the distance from 2 to 3 is '-3'; it may be a whole number from 0 to 1000000");
  EXPECT_EQ(refusal(matrix + "FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 1 2\n7 0 3\n"),
            "file:6: the distance from 2 to 1 is 7, back it is 1; only symmetric problems are solved");
  EXPECT_EQ(refusal(matrix + "FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 1 2\nEOF\n"),
            "file:6: the file ends where the distance from 2 to 1 is expected");
}

TEST(Tsplib, WhatCannotBeReadIsNamedWithTheReason) {
  EXPECT_THROW(read("/no/such/file.tsp"), std::runtime_error);
  EXPECT_THROW(read("/tmp"), std::runtime_error);
}

}  // namespace
