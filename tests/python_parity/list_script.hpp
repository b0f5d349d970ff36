// SPDX-License-Identifier: BSL-1.0
// Writes operations as a Python program. After each one it prints `CONTENT|RESULT`: a list of encoded values,
// then the result or the name of the error.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "list_operation.hpp"

namespace cohort::test {

// The value as both programs print it: a number, or `s` and the bytes in hexadecimal.
template <class T>
std::string encoded(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "s";
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
    }
    return text;
  } else {
    return std::to_string(value);
  }
}

template <class T>
std::string encoded(const std::vector<T>& values) {
  std::string text = "[";
  for (const T& value : values) {
    if (text.size() > 1) text += ',';
    text += encoded(value);
  }
  return text + "]";
}

// The value as Python's source has it.
template <class T>
std::string literal(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "bytes.fromhex('" + encoded(value).substr(1) + "').decode('latin-1')";
  } else {
    return std::to_string(value);
  }
}

template <class T>
std::string literal(const std::vector<T>& values) {
  std::string text = "[";
  for (const T& value : values) text += literal(value) + ", ";
  return text + "]";
}

class ListScript {
 public:
  template <class T>
  void begin(const std::vector<T>& content) {
    text_ += "l = " + literal(content) + "\n";
  }

  template <class T>
  void add(const ListOperation<T>& operation) {
    text_ += "do(lambda: " + expression(operation) + ")\n";
  }

  std::string program() const { return kPreamble + text_; }
  const std::string& text() const { return text_; }

 private:
  static inline const std::string kPreamble = R"py(
def value(x):
    return 's' + x.encode('latin-1').hex() if isinstance(x, str) else str(x)

def items(xs):
    return '[' + ','.join(map(value, xs)) + ']'

def none(x):
    return 'None'

def add(l, i, x):
    l[i] += x
    return l[i]

def swap(l, i, j):
    l[i], l[j] = l[j], l[i]

def do(operation):
    try:
        result = operation()
    except (IndexError, ValueError) as error:
        result = type(error).__name__
    print(items(l) + '|' + str(result))

)py";

  static std::string bound(const std::optional<std::ptrdiff_t>& value) {
    return value ? std::to_string(*value) : "None";
  }

  template <class T>
  static std::string expression(const ListOperation<T>& operation) {
    using Kind = ListOperationKind;
    const std::string i = std::to_string(operation.i);
    const std::string j = std::to_string(operation.j);
    const std::string x = literal(operation.value);
    const std::string xs = literal(operation.values);
    const std::string slice = "slice(" + bound(operation.start) + ", " + bound(operation.stop) + ", " +
                              std::to_string(operation.step) + ")";
    const std::string if_small = " if len(l) <= " + std::to_string(kMultiplyLimit) + " else None)";
    switch (operation.kind) {
      case Kind::append:
        return "none(l.append(" + x + "))";
      case Kind::extend:
        return "none(l.extend(" + xs + "))";
      case Kind::extend_self:
        return "none(l.extend(l)" + if_small;
      case Kind::insert:
        return "none(l.insert(" + i + ", " + x + "))";
      case Kind::pop:
        return "value(l.pop())";
      case Kind::pop_at:
        return "value(l.pop(" + i + "))";
      case Kind::remove:
        return "none(l.remove(" + x + "))";
      case Kind::index:
        return "l.index(" + x + ")";
      case Kind::count:
        return "l.count(" + x + ")";
      case Kind::contains:
        return x + " in l";
      case Kind::reverse:
        return "none(l.reverse())";
      case Kind::sort:
        return "none(l.sort())";
      case Kind::sort_down:
        return "none(l.sort(reverse=True))";
      case Kind::clear:
        return "none(l.clear())";
      case Kind::get:
        return "value(l[" + i + "])";
      case Kind::front:
        return "value(l[0])";
      case Kind::back:
        return "value(l[-1])";
      case Kind::set:
        return "none(l.__setitem__(" + i + ", " + x + "))";
      case Kind::set_from:
        return "none(l.__setitem__(" + i + ", l[" + j + "]))";
      case Kind::add:
        return "value(add(l, " + i + ", " + x + "))";
      case Kind::swap:
        return "none(swap(l, " + i + ", " + j + "))";
      case Kind::slice:
        return "items(l[" + slice + "])";
      case Kind::set_slice:
        return "none(l.__setitem__(" + slice + ", " + xs + "))";
      case Kind::set_slice_self:
        return "none(l.__setitem__(" + slice + ", l)" + if_small;
      case Kind::erase:
        return "none(l.__delitem__(" + i + "))";
      case Kind::erase_slice:
        return "none(l.__delitem__(" + slice + "))";
      case Kind::repeat:
        return "none(l.__imul__(" + i + ")" + if_small;
      case Kind::equal_self:
        return "l == list(l)";
      case Kind::equal_other:
        return "l == " + xs;
      case Kind::size:
        return "len(l)";
      case Kind::iterate:
        return "items([x for x in l])";
      case Kind::repr:
        return "repr(l)";
    }
    return "";
  }

  std::string text_;
};

}  // namespace cohort::test
