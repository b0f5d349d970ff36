// SPDX-License-Identifier: BSL-1.0
#include "parallel.hpp"

#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace tsp {
namespace {

using Found = std::pair<long, Tour>;

/// Handles to what all workers share.
struct Shared {
  cohort::Queue<Node> queue;   // nodes for whoever has none
  cohort::Value<long> open;    // how many nodes are in the queue or have been taken out and are not done with
  cohort::Value<long> length;  // of the shortest tour: what each worker looks at before each node
  cohort::Value<Found> found;  // the same with the tour
  cohort::Array<long> nodes;   // of each rank: how many it has expanded

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& queue& open& length& found& nodes;
  }
};

class SharedBest : public Best {
 public:
  explicit SharedBest(const Shared& shared) : shared_(shared) {}
  long length() const override { return shared_.length.get(); }
  void offer(long length, const Tour& tour) override {
    if (shared_.length.fetch_min(length) <= length) return;
    shared_.found.update([&](Found& found) {  // another rank may have been faster with a shorter one
      if (length < found.first) found = {length, tour};
    });
  }

 private:
  const Shared& shared_;
};

void give(const Shared& shared, const Node& node) {
  ++shared.open;
  shared.queue.put(node);
}

/// Searches below one node, depth first. When the queue runs low, the oldest node goes there: it has the most below it.
void search(const Instance& instance, const Shared& shared, std::size_t enough, Node node) {
  SharedBest best(shared);
  std::deque<Node> open;
  open.push_back(std::move(node));
  long nodes = 0;
  while (!open.empty()) {
    const auto next = std::move(open.back());
    open.pop_back();
    auto children = expand(instance, next, best);
    ++nodes;
    open.insert(open.end(), std::make_move_iterator(children.rbegin()),
                std::make_move_iterator(children.rend()));
    while (open.size() > 1 && shared.queue.size() < enough) {
      give(shared, open.front());
      open.pop_front();
    }
  }
  shared.nodes[cohort::this_process::rank()] += nodes;
}

/// Takes nodes until there are none. Who is done with the last one closes the queue, and so does who fails: the
/// others are not to wait for ever.
void work(const Instance& instance, const Shared& shared, int ranks) {
  try {
    while (true) {
      search(instance, shared, static_cast<std::size_t>(ranks), shared.queue.get());
      if (--shared.open == 0) shared.queue.close();
    }
  } catch (const cohort::Closed&) {
  } catch (...) {
    shared.queue.close();
    throw;
  }
}

}  // namespace

Result solve_parallel(cohort::Manager& manager, int ranks, const Instance& instance, const Node& root,
                      long length, const Tour& tour) {
  const Shared shared{manager.queue<Node>(), manager.value<long>(0), manager.value<long>(length),
                      manager.value<Found>({length, tour}),
                      manager.array<long>(static_cast<std::size_t>(ranks))};
  give(shared, root);
  std::vector<cohort::Process> workers;
  for (int i = 0; i < ranks; ++i) workers.emplace_back(work, instance, shared, ranks);
  cohort::start_all(workers);
  cohort::join_all(workers);
  auto [shortest, found] = shared.found.get();
  return {shortest, found, shared.nodes.copy()};
}

}  // namespace tsp
