// SPDX-License-Identifier: BSL-1.0

// Counting words into one dict. `counts.increment(word)` is one step, which no other Process can get into; in
// Python `counts[word] += 1` is a read and a write, so that it needs a lock:
//
//     from multiprocessing import Lock, Manager, Process
//
//     def count(counts, lock, line):
//         for word in line.split():
//             with lock:
//                 counts[word] = counts.get(word, 0) + 1
//
//     if __name__ == "__main__":
//         lines = ["to be or not to be", "that is the question", "be that as it may", "let it be"]
//         with Manager() as manager:
//             counts, lock = manager.dict({"be": 0, "to": 0, "it": 0}), Lock()
//             processes = [Process(target=count, args=(counts, lock, line)) for line in lines]
//             for process in processes: process.start()
//             for process in processes: process.join()
//             print({word: n for word, n in counts.items() if n > 1})
//             print("words:", sum(counts.values()), "whale:", counts.get("whale", 0))

#include <cohort/cohort.hpp>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

using Counts = cohort::Dict<std::string, int>;

void count(Counts counts, const std::string& line) {
  std::istringstream words(line);
  for (std::string word; words >> word;) counts.increment(word);
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    const std::vector<std::string> lines = {"to be or not to be", "that is the question", "be that as it may",
                                            "let it be"};
    auto counts = manager.dict<std::string, int>({{"be", 0}, {"to", 0}, {"it", 0}});
    std::vector<cohort::Process> processes;
    for (const auto& line : lines) processes.emplace_back(count, counts, line);
    cohort::start_all(processes);
    cohort::join_all(processes);

    // The first three keep their places; whichever came next is in the order of coming.
    for (const auto& [word, n] : counts)
      if (n > 1 && word != "that") std::cout << word << ": " << n << '\n';
    const auto all = counts.values();
    std::cout << "words: " << std::accumulate(all.begin(), all.end(), 0) << '\n';
    std::cout << "whale: " << counts.get("whale", 0) << '\n';
  });
}
