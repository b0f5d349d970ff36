// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cohort/heap/object.hpp"

namespace cohort {

/// Calls visit(object, count) for each object that something holds. Exact only while nobody works.
template <class A, class Visit>
void each_object(const Heap<A>& heap, Visit visit) {
  const Pages<A> pages(heap);
  // What has not been cut into blocks yet has whatever lay there before.
  const Word uncut_end = heap.load(class_field(kObjectClass, COHORT_FIELD(ClassList, uncarved)));
  const Word uncut =
      heap.load(class_field(kObjectClass, COHORT_FIELD(ClassList, uncarved_count))) * kObjectBytes;
  const Word top = heap.load(header_field(COHORT_FIELD(WindowHeader, pages_top)));
  for (Word page = 0; page < top; page += run_pages(heap.load(page_run(page)))) {
    const Word run = heap.load(page_run(page));
    if (run_state(run) != RunState::span || run_class(run) != kObjectClass) continue;
    const Address first = pages.address(page) + kObjectBytes / 2;
    const Word count = (kSpanPages * kPageBytes - kObjectBytes / 2) / kObjectBytes;
    for (Word i = 0; i < count; ++i) {
      const Address object = first + i * kObjectBytes;
      if (object.bits() < uncut_end && object.bits() >= uncut_end - uncut) continue;
      const Word references =
          heap.load(object_field(object, COHORT_FIELD(ObjectHeader, reference))) & 0xffff'ffff;
      if (tag_state(heap.load(object)) == BlockState::live && references != 0) visit(object, references);
    }
  }
}

}  // namespace cohort
