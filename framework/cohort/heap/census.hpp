// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <utility>

#include "cohort/heap/object.hpp"

namespace cohort {

/// What the class has not cut into blocks yet, [first, second): there lies whatever lay there before. Others may cut
/// meanwhile.
template <class A>
std::pair<Word, Word> uncarved(const Heap<A>& heap, std::uint32_t c) {
  const auto get = [&heap, c](std::size_t field) { return heap.load(class_field(c, field)); };
  for (;;) {
    const Word end = get(COHORT_FIELD(ClassList, uncarved));
    const Word bytes = get(COHORT_FIELD(ClassList, uncarved_count)) * class_bytes(c);
    if (get(COHORT_FIELD(ClassList, uncarved)) == end) return {end - bytes, end};
  }
}

/// Calls visit(object, count) for each object that something holds. Exact only while nobody works.
template <class A, class Visit>
void each_object(const Heap<A>& heap, Visit visit) {
  const Pages<A> pages(heap);
  const Word top = heap.load(header_field(COHORT_FIELD(WindowHeader, pages_top)));
  for (Word page = 0; page < top; page += std::max<Word>(1, run_pages(heap.load(page_run(page))))) {
    const Word run = heap.load(page_run(page));
    if (run_state(run) != RunState::span || run_class(run) != kObjectClass) continue;
    if (tag_actor(heap.load(page_tag(page))) != 0)
      continue;  // on its way to the class: nothing is cut from it yet
    const auto [uncut, uncut_end] = uncarved(heap, kObjectClass);
    const Address first = pages.address(page) + kObjectBytes / 2;
    const Word count = (kSpanPages * kPageBytes - kObjectBytes / 2) / kObjectBytes;
    for (Word i = 0; i < count; ++i) {
      const Address object = first + i * kObjectBytes;
      if (object.bits() < uncut_end && object.bits() >= uncut) continue;
      const Word references =
          count_in(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, reference))));
      if (tag_state(heap.load(object)) == BlockState::live && references != 0) visit(object, references);
    }
  }
}

}  // namespace cohort
