// SPDX-License-Identifier: BSL-1.0
#include "cohort/manager.hpp"

#include "cohort/heap/directory.hpp"
#include "cohort/process/record.hpp"
#include "cohort/process/runner.hpp"

namespace cohort::detail {
namespace {

std::string type_name(Word type) { return demangled(static_cast<const char*>(Modules::place(type))); }

}  // namespace

Word this_creator() {
  const Address record = running_record();
  if (!record) return 0;
  return with_heap(
      [record](const auto& heap) { return heap.load(record_field(record, COHORT_FIELD(RecordLine, id))); });
}

Reference open_name(const std::string& name, Word type, const Reference* made) {
  const auto id = with_heap([&]<class A>(const Heap<A>& heap) -> std::optional<ObjectId> {
    const Directory<A> directory(heap);
    if (made == nullptr) return directory.find(name);
    return directory.find_or_enter(name, made->id());
  });
  if (!id) return Reference();
  const Word found = with_heap([&](const auto& heap) {
    return heap.load(object_field(id->address, COHORT_FIELD(ObjectHeader, type)));
  });
  if (found != type)
    throw UsageError("'" + name + "' is a " + type_name(found) + ", not a " + type_name(type));
  return Reference::adopt(*id);
}

}  // namespace cohort::detail
