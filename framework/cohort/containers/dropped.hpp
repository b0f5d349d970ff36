// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "cohort/heap/object.hpp"

namespace cohort {

/// The objects that removed values held: lowered when the change is committed and the latch free again, so
/// it is made before the latch is taken. Without confirm() nothing is lowered.
template <class A>
class Dropped {
 public:
  explicit Dropped(const Heap<A>& heap) : heap_(heap) {}
  ~Dropped() {
    if (!confirmed_) return;
    for (const Address object : held) lower_object(heap_, object);
  }
  Dropped(const Dropped&) = delete;
  Dropped& operator=(const Dropped&) = delete;
  void confirm() { confirmed_ = true; }
  std::vector<Address> held;

 private:
  const Heap<A>& heap_;
  bool confirmed_ = false;
};

}  // namespace cohort
