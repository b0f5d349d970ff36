// SPDX-License-Identifier: BSL-1.0

// program_mpi CASE: programs that use MPI themselves, beside Cohort or before it.

#include <mpi.h>

#include <boost/mpi/collectives.hpp>
#include <cohort/cohort.hpp>
#include <cohort/mpi.hpp>
#include <iostream>
#include <string_view>

namespace {

void work(cohort::Manager& manager, int processes) {
  auto sum = manager.value<int>();
  std::vector<cohort::Process> all;
  for (int i = 0; i < processes; ++i) all.emplace_back([](cohort::Value<int> to) { ++to; }, sum);
  cohort::start_all(all);
  cohort::join_all(all);
  std::cout << "sum " << sum.get() << '\n';
}

/// A communicator of the program's own over the session's ranks.
int communicator(int argc, char** argv) {
  cohort::Session session(argc, argv);
  {
    const auto own = cohort::communicator(session);
    const auto other = cohort::communicator(session);
    if (own.rank() != session.rank() || own.size() != session.size()) return 1;
    const int all = boost::mpi::all_reduce(own, own.rank() + 1, std::plus<int>());
    if (all != session.size() * (session.size() + 1) / 2) return 1;
    int from_left = own.rank();
    for (int i = 0; i < 100; ++i) {  // a ring, on both, while Processes run
      if (session.is_manager() && i % 10 == 0) work(session.manager(), 3);
      const int right = (own.rank() + 1) % own.size();
      const int left = (own.rank() + own.size() - 1) % own.size();
      const auto& ring = i % 2 == 0 ? own : other;
      int got = -1;
      auto receive = ring.irecv(left, i, got);
      ring.send(right, i, from_left);
      cohort::blocking([&] { receive.wait(); });
      from_left = got;
    }
    std::cout << "ring "
              << (from_left == (own.rank() + 100 * (own.size() - 1)) % own.size() ? "closed" : "broken")
              << '\n';
    session.join();
  }
  session.join();
  return 0;
}

/// MPI belongs to the program: it was there before the session, and is there after it.
int started_before(int argc, char** argv, int level) {
  int given = 0;
  MPI_Init_thread(&argc, &argv, level, &given);
  const int code = cohort::run(argc, argv, [](cohort::Manager& manager) { work(manager, 20); });
  int ended = 0;
  MPI_Finalized(&ended);
  int sum = 0;
  const int one = 1;
  MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  std::cout << (ended == 0 && sum == size ? "MPI goes on\n" : "MPI is gone\n");
  MPI_Finalize();
  return code;
}

/// The text and the type, and MPI is there though the session is not.
int caught(int argc, char** argv) {
  int given = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
  int code = 1;
  try {
    const cohort::Session session(argc, argv);
  } catch (const cohort::LaunchError& error) {
    std::cout << "caught " << error.what() << '\n';
    code = 0;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view chosen = argc > 1 ? argv[1] : "";
  if (chosen == "communicator") return communicator(argc, argv);
  if (chosen == "multiple") return started_before(argc, argv, MPI_THREAD_MULTIPLE);
  if (chosen == "serialized") return started_before(argc, argv, MPI_THREAD_SERIALIZED);
  if (chosen == "single") return started_before(argc, argv, MPI_THREAD_SINGLE);
  if (chosen == "caught") return caught(argc, argv);
  std::cerr << "usage: program_mpi communicator | multiple | serialized | single | caught\n";
  return 2;
}
