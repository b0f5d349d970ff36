// SPDX-License-Identifier: BSL-1.0
#include "cohort/manager.hpp"

#include "cohort/heap/directory.hpp"
#include "cohort/process/record.hpp"
#include "cohort/process/runner.hpp"

namespace cohort::detail {
namespace {

std::string kind_name(ObjectKind kind) {
  return kind == ObjectKind::list ? "List" : kind == ObjectKind::value ? "Value" : "object";
}

std::string type_name(ObjectKind kind, Word type) {
  return "cohort::" + kind_name(kind) + "<" + demangled(static_cast<const char*>(Modules::place(type))) + ">";
}

}  // namespace

Word this_creator() {
  const Address record = running_record();
  if (!record) return 0;
  return with_heap(
      [record](const auto& heap) { return heap.load(record_field(record, COHORT_FIELD(RecordLine, id))); });
}

Reference open_name(const std::string& name, ObjectKind kind, Word type, const std::string& wanted,
                    const Reference* made) {
  const auto id = with_heap([&]<class A>(const Heap<A>& heap) -> std::optional<ObjectId> {
    const Directory<A> directory(heap);
    if (made == nullptr) return directory.find(name);
    return directory.find_or_enter(name, made->id());
  });
  if (!id) return Reference();
  const auto [found_kind, found_type] = with_heap([&](const auto& heap) {
    return std::pair(kind_of(heap.load(object_field(id->address, COHORT_FIELD(ObjectHeader, kind)))),
                     heap.load(object_field(id->address, COHORT_FIELD(ObjectHeader, type))));
  });
  if (found_kind != kind || found_type != type) {
    throw UsageError("'" + name + "' is a " + type_name(found_kind, found_type) + ", not a " +
                     demangled(wanted.c_str()));
  }
  return Reference::adopt(*id);
}

}  // namespace cohort::detail
