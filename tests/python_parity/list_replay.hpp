// SPDX-License-Identifier: BSL-1.0
// Performs operations on a List and says what happened in the words of list_script.hpp.
#pragma once

#include <cohort/list.hpp>

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "list_operation.hpp"
#include "list_script.hpp"

namespace cohort::test {

template <class T>
std::string perform(const ListOperation<T>& operation, const cohort::List<T>& list) {
  using Kind = ListOperationKind;
  const auto truth = [](bool value) { return std::string(value ? "True" : "False"); };
  const auto& [kind, i, j, start, stop, step, value, values] = operation;
  switch (kind) {
    case Kind::append:
      list.append(value);
      break;
    case Kind::extend:
      list.extend(values);
      break;
    case Kind::extend_self:
      if (list.size() <= kMultiplyLimit) list.extend(list);
      break;
    case Kind::insert:
      list.insert(i, value);
      break;
    case Kind::pop:
      return encoded(list.pop());
    case Kind::pop_at:
      return encoded(list.pop(i));
    case Kind::remove:
      list.remove(value);
      break;
    case Kind::index:
      return std::to_string(list.index(value));
    case Kind::count:
      return std::to_string(list.count(value));
    case Kind::contains:
      return truth(list.contains(value));
    case Kind::reverse:
      list.reverse();
      break;
    case Kind::sort:
      list.sort();
      break;
    case Kind::sort_down:
      list.sort(std::greater<>{});
      break;
    case Kind::clear:
      list.clear();
      break;
    case Kind::get:
      return encoded(list.get(i));
    case Kind::front:
      return encoded(list.front().get());
    case Kind::back:
      return encoded(list.back().get());
    case Kind::set:
      list[i] = value;
      break;
    case Kind::set_from:
      list[i] = list[j];
      break;
    case Kind::add: {
      const T sum = (list[i] += value);
      return encoded(sum);
    }
    case Kind::swap: {
      using std::swap;
      swap(list[i], list[j]);
      break;
    }
    case Kind::slice:
      return encoded(list.slice(start, stop, step));
    case Kind::set_slice:
      list.set_slice(start, stop, values, step);
      break;
    case Kind::set_slice_self:
      if (list.size() <= kMultiplyLimit) list.set_slice(start, stop, list, step);
      break;
    case Kind::erase:
      list.erase(i);
      break;
    case Kind::erase_slice:
      list.erase_slice(start, stop, step);
      break;
    case Kind::repeat:
      if (list.size() <= kMultiplyLimit) list.repeat(i);
      break;
    case Kind::equal_self:
      return truth(list == list.copy());
    case Kind::equal_other:
      return truth(list == values);
    case Kind::size:
      return std::to_string(list.size());
    case Kind::iterate:
      return encoded(std::vector<T>(list.begin(), list.end()));
    case Kind::repr: {
      std::ostringstream out;
      out << list;
      return std::move(out).str();
    }
  }
  return "None";
}

// The line that Python prints for the same operation on the same list.
template <class T>
std::string replay(const ListOperation<T>& operation, const cohort::List<T>& list) {
  std::string result;
  try {
    result = perform(operation, list);
  } catch (const std::out_of_range&) {
    result = "IndexError";
  } catch (const std::invalid_argument&) {
    result = "ValueError";
  }
  return encoded(list.copy()) + "|" + result;
}

}  // namespace cohort::test
