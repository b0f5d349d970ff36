// SPDX-License-Identifier: BSL-1.0
// Producers and consumers: close() ends the consumers, however many there are.
//
//   def produce(queue, first, count):
//       for n in range(first, first + count):
//           queue.put(n)
//
//   def consume(queue, sums):
//       total = 0
//       while (n := queue.get()) is not None:     # a sentinel for each consumer
//           total += n
//       sums.append(total)
//
//   with Manager() as manager:
//       queue, sums = manager.Queue(), manager.list()
//       producers = [Process(target=produce, args=(queue, 1000 * i, 1000)) for i in range(4)]
//       consumers = [Process(target=consume, args=(queue, sums)) for _ in range(3)]
//       for p in producers + consumers: p.start()
//       for p in producers: p.join()
//       for _ in consumers: queue.put(None)
//       for p in consumers: p.join()
//       print(sum(sums))                          # 7998000

#include <cohort/cohort.hpp>

#include <iostream>
#include <numeric>
#include <vector>

void produce(cohort::Queue<int> queue, int first, int count) {
  for (int n = first; n < first + count; ++n) queue.put(n);
}

void consume(cohort::Queue<int> queue, cohort::List<long> sums) {
  long total = 0;
  try {
    for (;;) total += queue.get();
  } catch (const cohort::Closed&) {
    sums.append(total);
  }
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto queue = manager.queue<int>();
    auto sums = manager.list<long>();
    std::vector<cohort::Process> producers;
    std::vector<cohort::Process> consumers;
    for (int i = 0; i < 4; ++i) producers.emplace_back(produce, queue, 1000 * i, 1000);
    for (int i = 0; i < 3; ++i) consumers.emplace_back(consume, queue, sums);
    cohort::start_all(producers);
    cohort::start_all(consumers);
    cohort::join_all(producers);
    queue.close();
    cohort::join_all(consumers);
    std::cout << std::accumulate(sums.begin(), sums.end(), 0L) << '\n';  // 7998000
  });
}
