// SPDX-License-Identifier: BSL-1.0
#include "cohort/namespace.hpp"

#include "cohort/heap/type_name.hpp"

namespace cohort {

void Namespace::throw_missing(const std::string& name) {
  throw std::out_of_range("'" + name +
                          "' is not in the namespace; ask contains(name) first, or use get(name, default)");
}

namespace detail {

void throw_other_type(const std::string& wanted, const std::string& found) {
  const auto name = [](const std::string& type) { return demangled(type.c_str()); };
  throw UsageError("the namespace's value is of type " + name(found) + ", not " + name(wanted) +
                   "; ask for get<" + name(found) + ">(name)");
}

Namespace make_namespace(Word creator) {
  return Namespace(make_table(Namespace::kKind, Modules::token(typeid(Namespace).name()), creator));
}

}  // namespace detail
}  // namespace cohort
