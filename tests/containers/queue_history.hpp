// SPDX-License-Identifier: BSL-1.0
#pragma once

// Histories of a queue: what each call was given, what it gave, and what a queue of one actor would have given.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cohort/containers/queue_core.hpp"
#include "support/elements.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {

enum class QueueCall { put, try_put, get, try_get, size, close, task_done, prefill };
inline constexpr const char* kQueueCalls[] = {"put",  "try_put", "get",       "try_get",
                                              "size", "close",   "task_done", "prefill"};

enum class QueueResult { done, not_now, closed };

struct QueueEvent {
  QueueCall call = QueueCall::size;
  std::int64_t value = 0;  ///< what was put, or what came out
  QueueResult result = QueueResult::done;
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};

struct QueueModel {
  std::vector<std::int64_t> values;
  std::int64_t limit = 0;  // 0: none
  std::int64_t unfinished = 0;
  bool closed = false;
  bool full() const { return limit != 0 && std::ssize(values) >= limit; }
  friend bool operator<(const QueueModel& a, const QueueModel& b) {
    return std::tie(a.closed, a.unfinished, a.values) < std::tie(b.closed, b.unfinished, b.values);
  }
};

// Performs the event on the model. False: it would have had another result.
inline bool apply_to_queue(QueueModel& model, const QueueEvent& event) {
  const auto is = [&event](QueueResult expected) { return event.result == expected; };
  switch (event.call) {
    case QueueCall::put:
    case QueueCall::try_put:
    case QueueCall::prefill:
      if (model.closed) return is(QueueResult::closed);
      if (model.full()) return event.call == QueueCall::try_put && is(QueueResult::not_now);
      model.values.push_back(event.value);
      ++model.unfinished;
      return is(QueueResult::done);
    case QueueCall::get:
    case QueueCall::try_get:
      if (model.values.empty()) {
        if (model.closed) return is(QueueResult::closed);
        return event.call == QueueCall::try_get && is(QueueResult::not_now);
      }
      if (!is(QueueResult::done) || model.values.front() != event.value) return false;
      model.values.erase(model.values.begin());
      return true;
    case QueueCall::size:
      return event.value == std::ssize(model.values);
    case QueueCall::close:
      model.closed = true;
      return true;
    case QueueCall::task_done:
      if (model.unfinished == 0) return is(QueueResult::not_now);
      --model.unfinished;
      return is(QueueResult::done);
  }
  return false;
}

inline std::string describe_queue(const std::vector<QueueEvent>& history, const Verdict& verdict) {
  static constexpr const char* kResults[] = {"", " not now", " closed"};
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const QueueEvent& e = history[i];
    const auto at = std::find(verdict.order.begin(), verdict.order.end(), i);
    text += "\n  [" + std::to_string(e.invoked) + ", " + std::to_string(e.returned) + "] " +
            kQueueCalls[static_cast<int>(e.call)] + " " + std::to_string(e.value) +
            kResults[static_cast<int>(e.result)];
    text += at == verdict.order.end() ? "  (fits nowhere)"
                                      : "  (number " + std::to_string(at - verdict.order.begin()) + ")";
  }
  return text;
}

// What a queue of T has for the number `x`, and back; kTorn where the bytes belong to no number.
struct QueuePair {
  std::int64_t x;
  std::int64_t y;
  friend bool operator==(const QueuePair&, const QueuePair&) = default;
};
// So large that a segment has two of them.
struct QueueBlock {
  std::int64_t words[120];
  friend bool operator==(const QueueBlock&, const QueueBlock&) = default;
};

template <class T>
T queue_value(std::int64_t x) {
  if constexpr (std::is_same_v<T, QueuePair>) {
    return {x, ~x};
  } else if constexpr (std::is_same_v<T, QueueBlock>) {
    QueueBlock block;
    std::fill(std::begin(block.words), std::end(block.words), x);
    return block;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(static_cast<std::size_t>(1 + x % 30), static_cast<char>('a' + x % 26)) +
           std::to_string(x);
  } else {
    return static_cast<T>(x);
  }
}
template <class T>
std::int64_t queue_number(const T& value) {
  std::int64_t x;
  if constexpr (std::is_same_v<T, QueuePair>) {
    x = value.x;
  } else if constexpr (std::is_same_v<T, QueueBlock>) {
    x = value.words[0];
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto digits = value.find_first_of("0123456789");
    if (digits == std::string::npos) return kTorn;
    x = std::strtoll(value.c_str() + digits, nullptr, 10);
  } else {
    return static_cast<std::int64_t>(value);
  }
  return value == queue_value<T>(x) ? x : kTorn;
}

/// Performs the event on `core`, which has the functions of QueueCore.
template <class T, class Core>
void perform_on_queue(const Core& core, QueueEvent& event) {
  const auto result = [](Moved moved) {
    return moved == Moved::yes       ? QueueResult::done
           : moved == Moved::not_now ? QueueResult::not_now
                                     : QueueResult::closed;
  };
  switch (event.call) {
    case QueueCall::put:
    case QueueCall::prefill:
      event.result = result(core.put(queue_value<T>(event.value), Patience::forever({})));
      break;
    case QueueCall::try_put:
      event.result = result(core.put(queue_value<T>(event.value), Patience::none()));
      break;
    case QueueCall::get:
    case QueueCall::try_get: {
      std::optional<T> value;
      event.result =
          result(core.take(value, event.call == QueueCall::get ? Patience::forever({}) : Patience::none()));
      if (value) event.value = queue_number(*value);
      break;
    }
    case QueueCall::size:
      event.value = static_cast<std::int64_t>(core.fifo().size());
      break;
    case QueueCall::close:
      core.fifo().close();
      break;
    case QueueCall::task_done:
      event.result = core.fifo().task_done() ? QueueResult::done : QueueResult::not_now;
      break;
  }
}

/// A queue of T with a count of 1.
template <class T, class A>
ObjectId make_test_queue(const Heap<A>& heap, Word limit = 0) {
  Operation<A> operation(heap);
  const ObjectId id = make_fifo(operation, heap, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag, limit, 0, 0);
  operation.keep();
  return id;
}

}  // namespace cohort::test
