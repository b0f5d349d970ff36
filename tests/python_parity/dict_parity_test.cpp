// SPDX-License-Identifier: BSL-1.0
// Python is the model: random operations run on Dict and Set and on a dict and a set of the real python3, and
// every result, every error and the content after every step must agree.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "list_script.hpp"
#include "python.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kSequences = 120;
constexpr std::size_t kOperations = 60;

// What an operation is drawn with; the %k, %v, %i of its Python text.
template <class K, class V>
struct Draw {
  K key{};
  V value{};
  std::vector<std::pair<K, V>> items;
};
template <class K, class V, class Object>
struct Operation {
  std::string python;
  std::function<std::string(const Object&, const Draw<K, V>&)> ours;
};

std::string truth(bool value) { return value ? "True" : "False"; }
template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}
template <class K, class V>
std::string encoded_items(const std::vector<std::pair<K, V>>& items) {
  std::string text;
  for (const auto& [key, value] : items) text += encoded(key) + ":" + encoded(value) + ",";
  return text;
}
template <class T>
std::string sorted(const std::vector<T>& elements) {
  std::vector<std::string> all;
  for (const T& element : elements) all.push_back(encoded(element));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& element : all) text += element + ",";
  return text;
}

template <class K, class V>
std::vector<Operation<K, V, Dict<K, V>>> dict_operations() {
  using D = Dict<K, V>;
  using Drawn = Draw<K, V>;
  const std::string none = "None";
  return {
      {"none(o.__setitem__(%k, %v))", [=](const D& d, const Drawn& x) { return d[x.key] = x.value, none; }},
      {"none(o.__setitem__(%k, %v))",
       [=](const D& d, const Drawn& x) { return d.set(x.key, x.value), none; }},
      {"value(o[%k])", [](const D& d, const Drawn& x) { return encoded(d[x.key].get()); }},
      {"value(o.get(%k))",
       [=](const D& d, const Drawn& x) {
         const auto found = d.get(x.key);
         return found ? encoded(*found) : none;
       }},
      {"value(o.get(%k, %v))", [](const D& d, const Drawn& x) { return encoded(d.get(x.key, x.value)); }},
      {"%k in o", [](const D& d, const Drawn& x) { return truth(d.contains(x.key)); }},
      {"none(o.__delitem__(%k))", [=](const D& d, const Drawn& x) { return d.erase(x.key), none; }},
      {"value(o.pop(%k))", [](const D& d, const Drawn& x) { return encoded(d.pop(x.key)); }},
      {"value(o.pop(%k, %v))", [](const D& d, const Drawn& x) { return encoded(d.pop(x.key, x.value)); }},
      {"pairs([o.popitem()])",
       [](const D& d, const Drawn&) { return encoded_items(std::vector{d.popitem()}); }},
      {"value(o.setdefault(%k, %v))",
       [](const D& d, const Drawn& x) { return encoded(d.setdefault(x.key, x.value)); }},
      {"none(o.update(%i))", [=](const D& d, const Drawn& x) { return d.update(x.items), none; }},
      {"none(o.update(o))", [=](const D& d, const Drawn&) { return d.update(d), none; }},
      {"value(add(o, %k, %v))", [](const D& d, const Drawn& x) { return encoded(V(d[x.key] += x.value)); }},
      {"none(o.clear() if len(o) > 12 else None)",
       [=](const D& d, const Drawn&) { return (d.size() > 12 ? d.clear() : void()), none; }},
      {"len(o)", [](const D& d, const Drawn&) { return std::to_string(d.size()); }},
      {"items(o.keys())", [](const D& d, const Drawn&) { return encoded(d.keys()); }},
      {"items(o.values())", [](const D& d, const Drawn&) { return encoded(d.values()); }},
      {"pairs([x for x in o.items()])",
       [](const D& d, const Drawn&) {
         std::vector<std::pair<K, V>> all;
         for (const auto& item : d) all.push_back(item);
         return encoded_items(all);
       }},
      {"o == dict(%i)", [](const D& d, const Drawn& x) { return truth(d == x.items); }},
      {"o == dict(reversed(o.items()))",
       [](const D& d, const Drawn&) {
         auto all = d.items();
         std::reverse(all.begin(), all.end());
         return truth(d == all);
       }},
      {"repr(o)", [](const D& d, const Drawn&) { return printed(d); }},
  };
}

template <class T>
Set<T> set_of(const Draw<T, T>& x) {
  std::vector<T> all;
  for (const auto& item : x.items) all.push_back(item.first);
  return session().manager().set(all);
}
template <class T>
std::vector<Operation<T, T, Set<T>>> set_operations() {
  using S = Set<T>;
  using Drawn = Draw<T, T>;
  const std::string none = "None";
  return {
      {"none(o.add(%k))", [=](const S& s, const Drawn& x) { return s.add(x.key), none; }},
      {"none(o.add(%k))", [=](const S& s, const Drawn& x) { return s.add(x.key), none; }},
      {"none(o.discard(%k))", [=](const S& s, const Drawn& x) { return s.discard(x.key), none; }},
      {"none(o.remove(%k))", [=](const S& s, const Drawn& x) { return s.remove(x.key), none; }},
      {"%k in o", [](const S& s, const Drawn& x) { return truth(s.contains(x.key)); }},
      // Which one it is, is nobody's business: it comes back.
      {"none(o.add(o.pop()))", [=](const S& s, const Drawn&) { return s.add(s.pop()), none; }},
      {"none(o.update(set(dict(%i))))",
       [=](const S& s, const Drawn& x) { return s.update(set_of(x)), none; }},
      {"none(o.clear() if len(o) > 6 else None)",
       [=](const S& s, const Drawn&) { return (s.size() > 6 ? s.clear() : void()), none; }},
      {"len(o)", [](const S& s, const Drawn&) { return std::to_string(s.size()); }},
      {"ordered(o | set(dict(%i)))",
       [](const S& s, const Drawn& x) { return sorted((s | set_of(x)).copy()); }},
      {"ordered(o & set(dict(%i)))",
       [](const S& s, const Drawn& x) { return sorted((s & set_of(x)).copy()); }},
      {"ordered(o - set(dict(%i)))",
       [](const S& s, const Drawn& x) { return sorted((s - set_of(x)).copy()); }},
      {"ordered(o ^ set(dict(%i)))",
       [](const S& s, const Drawn& x) { return sorted((s ^ set_of(x)).copy()); }},
      {"o <= set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s <= set_of(x)); }},
      {"o < set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s < set_of(x)); }},
      {"o >= set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s >= set_of(x)); }},
      {"o > set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s > set_of(x)); }},
      {"o == set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s == set_of(x)); }},
      {"o <= o | set(dict(%i))", [](const S& s, const Drawn& x) { return truth(s <= (s | set_of(x))); }},
      {"o.isdisjoint(set(dict(%i)))",
       [](const S& s, const Drawn& x) { return truth(s.isdisjoint(set_of(x))); }},
      {"repr(o) if not o else 'more'",
       [](const S& s, const Drawn&) { return s.empty() ? printed(s) : std::string("more"); }},
  };
}

const std::string kPreamble = R"py(
def value(x):
    return 's' + x.encode('latin-1').hex() if isinstance(x, str) else str(x)

def items(xs):
    return '[' + ','.join(map(value, xs)) + ']'

def pairs(xs):
    return ''.join(value(k) + ':' + value(v) + ',' for k, v in xs)

def ordered(xs):
    return ''.join(x + ',' for x in sorted(map(value, xs)))

def none(x):
    return 'None'

def add(d, k, x):
    d[k] += x
    return d[k]

def do(operation):
    try:
        result = operation()
    except KeyError as error:
        result = 'KeyError'
    print((pairs(o.items()) if isinstance(o, dict) else ordered(o)) + '|' + str(result))

)py";

// Few distinct keys, so that looking up and erasing often succeed.
template <class T>
T draw_value(std::mt19937_64& random, int distinct) {
  const int n = static_cast<int>(random() % static_cast<unsigned>(distinct));
  if constexpr (std::is_same_v<T, std::string>) {
    std::string text(static_cast<std::size_t>(n * n), 'x');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>((i * 7 + text.size()) % 128);
    return text;
  } else {
    return static_cast<T>(n - 3);
  }
}
template <class K, class V>
Draw<K, V> draw(std::mt19937_64& random) {
  Draw<K, V> drawn{draw_value<K>(random, 14), draw_value<V>(random, 14), {}};
  for (auto left = random() % 5; left != 0; --left)
    drawn.items.emplace_back(draw_value<K>(random, 14), draw_value<V>(random, 14));
  return drawn;
}
template <class K, class V>
std::string python_of(std::string text, const Draw<K, V>& drawn) {
  const auto fill = [&text](const std::string& place, const std::string& with) {
    for (auto at = text.find(place); at != text.npos; at = text.find(place, at + with.size()))
      text.replace(at, place.size(), with);
  };
  std::string items = "[";
  for (const auto& [key, value] : drawn.items) items += "(" + literal(key) + ", " + literal(value) + "), ";
  fill("%i", items + "]");
  fill("%k", literal(drawn.key));
  fill("%v", literal(drawn.value));
  return text;
}

// Runs the same random operations on both; `content` is what Python prints of ours.
template <class K, class V, class Object, class Make, class Content>
void compare(const std::vector<Operation<K, V, Object>>& operations, const char* empty, Make make,
             Content content) {
  std::mt19937_64 random(seed());
  std::string script = kPreamble;
  std::vector<std::pair<std::size_t, Draw<K, V>>> steps;
  for (std::size_t n = 0; n < kSequences; ++n) {
    script += std::string("o = ") + empty + "\n";
    for (std::size_t k = 0; k < kOperations; ++k) {
      // Every other step puts something in.
      const std::size_t which = k % 2 == 0 ? random() % 2 : random() % operations.size();
      steps.emplace_back(which, draw<K, V>(random));
      script += "do(lambda: " + python_of(operations[which].python, steps.back().second) + ")\n";
    }
  }
  const std::vector<std::string> expected = run_python(script);
  ASSERT_EQ(expected.size(), steps.size());
  std::size_t errors = 0;
  for (std::size_t n = 0, line = 0; n < kSequences; ++n) {
    const Object object = make();
    std::string so_far;
    for (std::size_t k = 0; k < kOperations; ++k, ++line) {
      const auto& [which, drawn] = steps[line];
      std::string result;
      try {
        result = operations[which].ours(object, drawn);
      } catch (const std::out_of_range&) {
        result = "KeyError";
        ++errors;
      }
      so_far += python_of(operations[which].python, drawn) + "\n";
      ASSERT_EQ(content(object) + "|" + result, expected[line]) << "seed " << seed() << ":\n" << so_far;
    }
  }
  EXPECT_GE(errors, 50U) << "the errors were hardly tried";
}

template <class K, class V>
void compare_dicts() {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    compare(
        dict_operations<K, V>(), "{}", [] { return session().manager().dict<K, V>(); },
        [](const Dict<K, V>& dict) { return encoded_items(dict.items()); });
  });
}
template <class T>
void compare_sets() {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    compare(
        set_operations<T>(), "set()", [] { return session().manager().set<T>(); },
        [](const Set<T>& set) { return sorted(set.copy()); });
  });
}

TEST(DictParity, IntegersBehaveAsInPython) { compare_dicts<int, long>(); }
TEST(DictParity, StringsBehaveAsInPython) { compare_dicts<std::string, std::string>(); }
TEST(SetParity, IntegersBehaveAsInPython) { compare_sets<int>(); }
TEST(SetParity, StringsBehaveAsInPython) { compare_sets<std::string>(); }

// The comparison itself must be able to fail.
TEST(DictParity, ADifferenceIsSeen) {
  on_manager([] {
    if (python_version().empty())
      GTEST_SKIP() << "no " << python_command() << " on this machine to compare with";
    const auto lines = run_python(kPreamble + "o = {1: 2, 3: 4}\ndo(lambda: pairs([o.popitem()]))\n");
    ASSERT_EQ(lines, (std::vector<std::string>{"1:2,|3:4,"}));
    const auto dict = session().manager().dict<int, long>({{3, 4}, {1, 2}});
    EXPECT_NE(encoded_items(std::vector{dict.popitem()}), "3:4,");
  });
}

}  // namespace
}  // namespace cohort::test
