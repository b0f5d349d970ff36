// SPDX-License-Identifier: BSL-1.0

// A pool: results in order, results as they come, one call that is waited for later, and one that fails. In Python
// the pool starts four processes; here the ranks are there already.
//
//     from multiprocessing import Pool
//
//     def square(n):
//         if n < 0:
//             raise ValueError("no square")
//         return n * n
//
//     if __name__ == "__main__":
//         with Pool(4) as pool:
//             print(pool.map(square, range(6)))
//             print(sum(pool.imap_unordered(square, range(1000))))
//             later = pool.apply_async(square, (12,))
//             print(later.get(timeout=60))
//             try:
//                 pool.map(square, [1, -2, 3])
//             except ValueError as error:
//                 print("one failed:", error)

#include <cohort/cohort.hpp>
#include <iostream>
#include <stdexcept>

int square(int n) {
  if (n < 0) throw std::invalid_argument("no square");
  return n * n;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    cohort::Pool pool(4);
    std::cout << manager.list(pool.map(square, cohort::range(6))) << '\n';

    int sum = 0;
    for (const int n : pool.imap_unordered(square, cohort::range(1000))) sum += n;
    std::cout << sum << '\n';

    const auto later = pool.apply_async(square, 12);
    std::cout << later.get() << '\n';  // with a time limit, as there: later.get(60s)

    try {
      pool.map(square, {1, -2, 3});
    } catch (const cohort::RemoteError& error) {
      std::cout << "element " << error.index().value_or(0) << " failed: " << error.message() << '\n';
    }
  });
}
