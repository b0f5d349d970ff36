// SPDX-License-Identifier: BSL-1.0
#include "cohort/manager.hpp"

#include "cohort/containers/state.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/type_name.hpp"
#include "cohort/process/record.hpp"
#include "cohort/process/runner.hpp"

namespace cohort::detail {
Word this_creator() {
  const Address record = running_record();
  if (!record) return 0;
  return with_heap(
      [record](const auto& heap) { return heap.load(record_field(record, COHORT_FIELD(RecordLine, id))); });
}

Reference open_name(const std::string& name, Word type, Word kind, const Reference* made) {
  const auto id = with_heap([&]<class A>(const Heap<A>& heap) -> std::optional<ObjectId> {
    const Directory<A> directory(heap);
    if (made == nullptr) return directory.find(name);
    return directory.find_or_enter(name, made->id());
  });
  if (!id) return Reference();
  with_heap([&](const auto& heap) {
    const Address type_at = object_field(id->address, COHORT_FIELD(ObjectHeader, type));
    const char* wanted = static_cast<const char*>(Modules::place(type));
    const Word known = heap.load(type_at);
    // One that was loaded from a file has no token before it is opened for the first time.
    const std::string found = type_name_of(heap, id->address);
    if (known != 0 ? known != type : found != wanted)
      throw UsageError("'" + name + "' is a " + demangled(found.c_str()) + ", not a " + demangled(wanted));
    if (heap.load(object_field(id->address, COHORT_FIELD(ObjectHeader, kind))) != kind)
      throw DataError("'" + name + "' was saved by a program with another " + demangled(wanted) +
                      "; load it with that program");
    if (known == 0) heap.store(type_at, type);
  });
  return Reference::adopt(*id);
}

}  // namespace cohort::detail

namespace cohort {

void Manager::save(const std::string& path, const std::vector<std::string>& names) {
  save_state(path, names);
}

std::vector<std::string> Manager::load(const std::string& path) {
  return load_state(path, detail::this_creator());
}

}  // namespace cohort
