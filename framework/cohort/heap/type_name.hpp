// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "cohort/heap/blob.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// "cohort::List<int>" for what typeid calls N6cohort4ListIiEE.
std::string demangled(const char* mangled);

/// The name of the object's C++ type, as typeid gives it; "" for a Process.
template <class A>
std::string type_name_of(const Heap<A>& heap, Address object) {
  if (const Word type = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, type))))
    return static_cast<const char*>(Modules::place(type));
  const Address loaded(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, type_name))));
  return loaded ? blob_text(heap, loaded) : "";
}

}  // namespace cohort
