// SPDX-License-Identifier: BSL-1.0
#pragma once

// Goes through all interleavings of a small program in which at most so many times an actor is stopped that
// could have gone on. (Most defects need one or two such stops; whom to resume when an actor blocks, whom to
// wake, and whose time is over is always gone through.) It runs the program again and again, each time with
// the decisions of the run before up to the last one that can still be made otherwise.

#include <stdexcept>

#include "cohort/heap/layout.hpp"
#include "support/scheduled_access.hpp"

namespace cohort::test {

class Explorer final : public Guide {
 public:
  explicit Explorer(int preemptions) : preemptions_(preemptions) {}

  /// Runs until there is nothing left to decide otherwise, or `run` returns false.
  template <class Run>
  void explore(Run run) {
    do {
      depth_ = 0;
      left_ = preemptions_;
      ++runs_;
      if (!run()) return;
    } while (next());
  }
  std::size_t runs() const { return runs_; }

  std::size_t choose(std::size_t options, bool preempts) override {
    if (preempts && left_ == 0) return 0;
    if (depth_ == path_.size()) path_.push_back({0, options});
    const Node& node = path_[depth_++];
    if (node.options != options) throw std::logic_error("the program does something else each time it runs");
    if (preempts && node.chosen != 0) --left_;
    return node.chosen;
  }

  // Nobody acts on what others wait for, or on how much has been allocated.
  bool matters(Address a) const override {
    if (a.offset() < kActorsOffset || a.offset() >= kMembersOffset) return true;
    const std::size_t field = (a.offset() - kActorsOffset) % sizeof(ActorSlot);
    return field < COHORT_FIELD(ActorSlot, wait_kind) || field >= COHORT_FIELD(ActorSlot, operation);
  }

 private:
  struct Node {
    std::size_t chosen;
    std::size_t options;
  };
  bool next() {
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().options) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }

  int preemptions_;
  int left_ = 0;
  std::size_t runs_ = 0;
  std::size_t depth_ = 0;
  std::vector<Node> path_;
};

}  // namespace cohort::test
