// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using Scores = cohort::Dict<std::string, cohort::List<int>>;

void play(Scores scores, std::string team, int points) { scores[team]->append(points); }

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    Scores scores = manager.dict<std::string, cohort::List<int>>();
    scores["red"] = manager.list<int>();
    scores["blue"] = manager.list<int>();
    std::vector<cohort::Process> players;
    for (auto [team, points] : {std::pair("red", 3), {"blue", 5}, {"red", 1}, {"blue", 2}})
      players.emplace_back(play, scores, std::string(team), points);
    cohort::start_all(players);
    cohort::join_all(players);
    for (const auto& [team, points] : scores) {
      points.sort();
      std::cout << team << ' ' << points << '\n';
    }
  });
}
