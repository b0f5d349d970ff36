// SPDX-License-Identifier: BSL-1.0

// The neighbours of what the other files here must not do: all of this compiles. Were it not so, those files
// might fail for a reason of their own.

#include <cohort/cohort.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <boost/serialization/vector.hpp>

namespace {

struct Point {
  double x;
  double y;
};

struct Named {
  std::string name;
  std::vector<int> numbers;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name& numbers;
  }
};

void no_arguments() {}
void two_numbers(int first, int second) { (void)(first + second); }
void text(const std::string& words) { (void)words.size(); }
void point(Point where) { (void)where.x; }
void named(const Named& what) { (void)what.numbers.size(); }
void list_by_value(cohort::List<int> list, int number) { list.append(number); }
void list_by_reference(cohort::List<int>& list, int number) { list.append(number); }
void list_by_const_reference(const cohort::List<int>& list) { (void)list.size(); }
void containers(const std::vector<std::pair<std::string, int>>& pairs,
                const std::map<int, std::string>& names, std::tuple<int, double> both,
                std::optional<int> perhaps, std::variant<int, std::string> either) {
  (void)(pairs.size() + names.size() + static_cast<std::size_t>(std::get<0>(both)) + either.index());
  (void)perhaps;
}
void lists(const std::vector<cohort::List<int>>& handles) { (void)handles.size(); }

struct Functor {
  int factor = 2;

  void operator()(int n) const { (void)(n * factor); }

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& factor;
  }
};

}  // namespace

void targets_and_arguments(cohort::Manager& manager) {
  auto list = manager.list<int>();
  std::vector<cohort::Process> processes;
  processes.emplace_back(no_arguments);
  processes.emplace_back(two_numbers, 1, 2);
  processes.emplace_back(two_numbers, 1L, 2.5);  // converted at the call
  processes.emplace_back(text, "a literal");
  processes.emplace_back(text, std::string("a string"));
  processes.emplace_back(point, Point{1, 2});
  processes.emplace_back(named, Named{"name", {1, 2}});
  processes.emplace_back(list_by_value, list, 1);
  processes.emplace_back(list_by_reference, list, 1);
  processes.emplace_back(list_by_const_reference, list);
  processes.emplace_back(containers, std::vector<std::pair<std::string, int>>{}, std::map<int, std::string>{},
                         std::tuple<int, double>{}, std::optional<int>{}, std::variant<int, std::string>{});
  processes.emplace_back(lists, std::vector<cohort::List<int>>{list});
  processes.emplace_back([](int first, int second = 2) { (void)(first + second); }, 1, 2);
  processes.emplace_back(Functor{3}, 4);
  processes.emplace_back(cohort::ProcessOptions{.name = "named"}, two_numbers, 1, 2);
  cohort::Process moved = std::move(processes.front());
  moved = std::move(processes.back());
}

int elements(cohort::List<int> list) {
  int number = list[0];
  auto copy = list.get(0);
  list[0] = list[1];
  list[0] += number;
  return copy + list[0];
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    targets_and_arguments(manager);
    return elements(manager.list<int>(2, 0));
  });
}
