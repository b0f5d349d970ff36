// SPDX-License-Identifier: BSL-1.0
// Histories of Connection and Namespace, judged as objects_history.hpp says.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/objects_history.hpp"
#include "api/objects_numbers.hpp"

namespace cohort::test {
namespace {

// Both ends of one pipe, in the hands of every party; a new pipe for each burst. Key 1: the second end.
template <class T>
struct PipeSubject {
  using Ends = std::pair<Connection<T>, Connection<T>>;
  using Object = List<Ends>;
  struct Model {
    std::array<std::deque<std::int64_t>, 2> to;  // each end
    bool closed = false;
    friend auto operator<=>(const Model&, const Model&) = default;
  };
  static constexpr int kOperations = 11;
  static constexpr int kReceive = 4;
  static constexpr int kPoll = 8;
  static constexpr int kClose = 11;

  static constexpr auto to = Numbers<T>::to;
  static constexpr auto from = Numbers<T>::from;
  static std::size_t end_of(const Call& call) { return call.key == 1 ? 1 : 0; }

  static void reset(const Object& pipes) {
    pipes.clear();
    pipes.append(session().manager().pipe<T>());
  }
  static Ends current(const Object& pipes) { return pipes.get(0); }
  // Nobody receives more at an end than it has sent there: whoever waits is sure to get something.
  static void arrange(std::vector<Call>& burst) {
    std::array<int, 2> sent = {};
    for (Call& call : burst) {
      int& here = sent[end_of(call)];
      if (call.operation < kReceive) {
        ++sent[1 - end_of(call)];
      } else if (call.operation < kPoll && --here < 0) {
        here = 0;
        call.operation = kPoll;
      }
    }
  }
  static std::int64_t perform(const Ends& ends, const Call& call) {
    const auto& end = end_of(call) == 0 ? ends.first : ends.second;
    if (call.operation < kReceive) {
      end.send(to(call.value));
      return 0;
    }
    if (call.operation < kPoll) return from(end.recv());
    if (call.operation < kClose) return end.poll() ? 1 : 0;
    end.close();
    return 0;
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    auto& here = model.to[end_of(call)];
    if (call.operation < kReceive) {
      if (model.closed) return kNone;
      model.to[1 - end_of(call)].push_back(call.value);
      return 0;
    }
    if (call.operation < kPoll) {
      if (here.empty()) return model.closed ? kNone : kNever;
      const std::int64_t value = here.front();
      here.pop_front();
      return value;
    }
    if (call.operation < kClose) return model.closed || !here.empty() ? 1 : 0;
    model.closed = true;
    return 0;
  }
};
template <class T>
struct ClosedPipeSubject : PipeSubject<T> {
  static constexpr int kOperations = PipeSubject<T>::kClose + 1;
};

struct NamespaceSubject {
  using Object = Namespace;
  struct Entry {
    std::int64_t name;
    bool text;
    std::int64_t value;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  using Model = std::vector<Entry>;  // in the order of insertion
  static constexpr int kOperations = 8;
  static std::string name_of(const Call& call) { return std::string(1, static_cast<char>('a' + call.key)); }

  static void reset(const Object& ns) {
    for (const auto& name : ns.names()) ns.erase(name);
  }
  static std::int64_t perform(const Object& ns, const Call& call) {
    const std::string name = name_of(call);
    switch (call.operation) {
      case 0:
        ns.set(name, call.value);
        return 0;
      case 1:
        ns.set(name, PipeSubject<std::string>::to(call.value));
        return 0;
      case 2:
        return ns.get<std::int64_t>(name);
      case 3:
        return PipeSubject<std::string>::from(ns.get<std::string>(name));
      case 4:
        return ns.get<std::int64_t>(name, 7);
      case 5:
        ns.erase(name);
        return 0;
      case 6:
        return ns.contains(name) ? 1 : 0;
      default: {
        std::vector<std::int64_t> all;
        for (const auto& found : ns.names()) all.push_back(found.at(0) - 'a');
        return fingerprint(all);
      }
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    const auto at =
        std::find_if(model.begin(), model.end(), [&](const Entry& e) { return e.name == call.key; });
    const bool found = at != model.end();
    switch (call.operation) {
      case 0:
      case 1:
        if (!found) model.push_back({call.key, call.operation == 1, call.value});
        if (found) *at = {call.key, call.operation == 1, call.value};
        return 0;
      case 2:
      case 3:
      case 4:
        if (!found) return call.operation == 4 ? 7 : kNone;
        return at->text == (call.operation == 3) ? at->value : kRefused;
      case 5:
        if (!found) return kNone;
        model.erase(at);
        return 0;
      case 6:
        return found ? 1 : 0;
      default: {
        std::vector<std::int64_t> all;
        for (const Entry& entry : model) all.push_back(entry.name);
        return fingerprint(all);
      }
    }
  }
};

// What the judge is to find.

// The second value comes out before the first where both are there.
struct Overtakes : PipeSubject<std::int64_t> {
  static std::int64_t perform(const Ends& ends, const Call& call) {
    const bool receives = call.operation >= kReceive && call.operation < kPoll;
    if (!receives) return PipeSubject::perform(ends, call);
    const auto& [end, other] = end_of(call) == 0 ? ends : Ends(ends.second, ends.first);
    const std::int64_t first = end.recv();
    if (!end.poll()) return first;
    other.send(first);
    return end.recv();
  }
};
struct SendsWhatIsLost : ClosedPipeSubject<std::int64_t> {
  static std::int64_t perform(const Ends& ends, const Call& call) {
    try {
      return PipeSubject::perform(ends, call);
    } catch (const Closed&) {
      if (call.operation < kReceive) return 0;
      throw;
    }
  }
};
struct SetsANameAnew : NamespaceSubject {
  static std::int64_t perform(const Object& ns, const Call& call) {
    if (call.operation <= 1 && ns.contains(name_of(call))) {
      NamespaceSubject::perform(ns, {.operation = 5, .key = call.key});
    }
    return NamespaceSubject::perform(ns, call);
  }
};

TEST(ConnectionLinearizable, PipeOfNumbers) {
  expect_linearizable<PipeSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ConnectionLinearizable, PipeOfStrings) {
  expect_linearizable<PipeSubject<std::string>>(repetitions(1'000));
}
TEST(ConnectionLinearizable, PipeThatIsClosed) {
  expect_linearizable<ClosedPipeSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ConnectionLinearizable, PipeOfStringsThatIsClosed) {
  expect_linearizable<ClosedPipeSubject<std::string>>(repetitions(1'000));
}
TEST(NamespaceLinearizable, Namespace) { expect_linearizable<NamespaceSubject>(repetitions(1'500)); }

TEST(ConnectionDefect, IsFound) {
  expect_found<Overtakes>(repetitions(100));
  expect_found<SendsWhatIsLost>(repetitions(100));
}
TEST(NamespaceDefect, IsFound) { expect_found<SetsANameAnew>(repetitions(400)); }

}  // namespace
}  // namespace cohort::test
