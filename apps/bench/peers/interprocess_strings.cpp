// SPDX-License-Identifier: BSL-1.0
// Peer of row 4: Boost.Interprocess, a vector of its strings and interprocess_mutex in managed shared memory.
// interprocess_strings [total] [reads] [rounds] [workers]

#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <string>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"
#include "interprocess_segment.hpp"

namespace ipc = boost::interprocess;

namespace {

template <class T>
using Allocator = ipc::allocator<T, ipc::managed_shared_memory::segment_manager>;
using SharedString = ipc::basic_string<char, std::char_traits<char>, Allocator<char>>;
using SharedVector = ipc::vector<SharedString, Allocator<SharedString>>;
using Guard = ipc::scoped_lock<ipc::interprocess_mutex>;

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t total = bench::number_argument(argc, argv, 1, 200'000);
    const std::size_t reads = bench::number_argument(argc, argv, 2, 200'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 3, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 4, 2));
    auto segment = bench::unlinked_segment(total * 512 + (1U << 20U));
    auto* vector = segment.construct<SharedVector>("vector")(segment.get_segment_manager());
    auto* mutex = segment.construct<ipc::interprocess_mutex>("mutex")();
    const auto strings = bench::sample_strings();

    bench::run_processes(workers, [&](bench::Gate& gate) {
      const auto times = bench::append_rounds(
          gate, total, rounds,
          [&](std::size_t i) {
            const std::string& text = strings[i % strings.size()];
            const Guard lock(*mutex);
            vector->emplace_back(text.data(), text.size(), vector->get_allocator());
          },
          [&] { vector->clear(); });
      const double read = bench::random_read_rounds(gate, total, reads, rounds, [&](std::size_t i) {
        const Guard lock(*mutex);
        const SharedString& text = (*vector)[i];
        const std::string copy(text.data(), text.size());
        return copy.size();
      });
      if (gate.rank() == 0) {
        bench::require(vector->size() == total, "appends were lost");
        bench::print({{"growing", times.growing}, {"warm", times.warm}, {"read", read}});
      }
    });
  });
}
