// SPDX-License-Identifier: BSL-1.0

// Lists in a dict: whoever looks one up gets the list itself, not a copy. setdefault() gives the same list to
// all, however many come first at once. In Python, too, a nested list must be a manager's, or appending to it
// changes a copy that nobody sees:
//
//     from multiprocessing import Manager, Process
//
//     def sort_in(groups, n):
//         groups["even" if n % 2 == 0 else "odd"].append(n)
//
//     if __name__ == "__main__":
//         with Manager() as manager:
//             groups = manager.dict(even=manager.list(), odd=manager.list())
//             processes = [Process(target=sort_in, args=(groups, n)) for n in range(10)]
//             for process in processes: process.start()
//             for process in processes: process.join()
//             for name, numbers in groups.items():
//                 print(name, sorted(numbers))

#include <cohort/cohort.hpp>
#include <iostream>
#include <string>
#include <vector>

using Groups = cohort::Dict<std::string, cohort::List<int>>;

void sort_in(Groups groups, int n) {
  groups.setdefault(n % 2 == 0 ? "even" : "odd", cohort::manager().list<int>()).append(n);
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto groups = manager.dict<std::string, cohort::List<int>>();
    std::vector<cohort::Process> processes;
    for (int n = 0; n < 10; ++n) processes.emplace_back(sort_in, groups, n);
    cohort::start_all(processes);
    cohort::join_all(processes);

    for (const std::string name : {"even", "odd"}) {
      groups.value_of(name).sort();
      std::cout << name << ' ' << groups.value_of(name) << '\n';
    }
  });
}
