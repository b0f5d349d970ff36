// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

using Words = cohort::Queue<std::optional<std::string>>;

void produce(Words queue, std::string text) {
  std::istringstream words(text);
  for (std::string word; words >> word;) queue.put(word);  // waits while three are there
  queue.put(std::nullopt);                                 // no more
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    Words queue = manager.queue<std::optional<std::string>>(3);
    cohort::Process producer(produce, queue, "all the words of a longer text");
    producer.start();
    while (auto word = queue.get()) std::cout << *word << ' ' << word->size() << '\n';
    producer.join();
  });
}
