// SPDX-License-Identifier: BSL-1.0
// A queue of three places: who puts waits for who gets, so that what is read never fills the memory. join()
// waits until all has been dealt with.
//
//   def read_lines(queue):
//       for n in range(10):
//           queue.put(f"line {n}")                # waits while three are there
//
//   def work_off(queue, lengths):
//       while True:
//           line = queue.get()
//           lengths.append(len(line))
//           queue.task_done()
//
//   with Manager() as manager:
//       queue, lengths = manager.JoinableQueue(3), manager.list()
//       reader = Process(target=read_lines, args=(queue,))
//       worker = Process(target=work_off, args=(queue, lengths), daemon=True)
//       reader.start(); worker.start()
//       reader.join(); queue.join()
//       print(lengths)                            # [6, 6, 6, 6, 6, 6, 6, 6, 6, 6]

#include <cohort/cohort.hpp>

#include <iostream>
#include <string>

void read_lines(cohort::Queue<std::string> queue) {
  for (int n = 0; n < 10; ++n) queue.put("line " + std::to_string(n));  // waits while three are there
}

void work_off(cohort::Queue<std::string> queue, cohort::List<int> lengths) {
  try {
    for (;;) {
      lengths.append(static_cast<int>(queue.get().size()));
      queue.task_done();
    }
  } catch (const cohort::Closed&) {
  }
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto queue = manager.queue<std::string>(3);
    auto lengths = manager.list<int>();
    cohort::Process reader(read_lines, queue);
    cohort::Process worker(work_off, queue, lengths);
    reader.start();
    worker.start();
    reader.join();
    queue.join();
    std::cout << lengths << '\n';                    // [6, 6, 6, 6, 6, 6, 6, 6, 6, 6]
    std::cout << queue.try_put("one more") << '\n';  // 1: there is room
    queue.close();
    worker.join();
  });
}
