// SPDX-License-Identifier: BSL-1.0
#pragma once

// What each one who works at a job runs: the loop over its tasks, with all types known.

#include "cohort/callable.hpp"
#include "cohort/process/job_results.hpp"
#include "cohort/typed/input.hpp"

namespace cohort::detail {

/// A task calls the function with its element.
struct CallWithElement {
  template <class F, class T>
  static decltype(auto) call(F& function, T&& element) {
    return std::invoke(function, static_cast<PassedArgument<std::remove_cvref_t<T>>>(element));
  }
};
/// A task calls the function with an element that it may change.
struct CallOnElement {
  template <class F, class T>
  static decltype(auto) call(F& function, T& element) {
    return std::invoke(function, element);
  }
};
/// The function takes an array's elements by reference.
template <class F, class R>
inline constexpr bool changes_elements = false;
template <class F, class T>
inline constexpr bool changes_elements<F, Array<T>> =
    std::is_invocable_v<F&, T&> && !std::is_invocable_v<F&, T>;

/// A task calls it with the members of its element, a tuple.
struct CallWithMembers {
  template <class F, class T>
  static decltype(auto) call(F& function, T&& element) {
    return std::apply(
        [&function](auto&... members) -> decltype(auto) {
          return std::invoke(
              function, static_cast<PassedArgument<std::remove_reference_t<decltype(members)>>>(members)...);
        },
        element);
  }
};

/// What a task leaves, by value.
template <class F, class Call, class T>
using TaskResult = std::decay_t<decltype(Call::call(std::declval<F&>(), std::declval<T>()))>;

/// R, or something to stand for nothing.
template <class R>
using NonVoid = std::conditional_t<std::is_void_v<R>, char, R>;

/// What a vector keeps in one piece, unlike bool.
template <class T>
using NonBool = std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>;

template <class R>
constexpr ResultsKind results_kind(bool each) {
  return each                ? ResultsKind::each
         : std::is_void_v<R> ? ResultsKind::none
         : is_inline<R>      ? ResultsKind::plain
                             : ResultsKind::blobs;
}

/// Where the results of a chunk go: those of tasks [task, end), each made by make(). `task` is always the one that is
/// being made.
template <class R, ResultsKind kind>
class Output {
 public:
  explicit Output(JobPart& part) : part_(part) {}

  template <class Make>
  void add_all(Word& task, Word end, Make&& make) {
    const Word first = task;
    encoder_.clear();
    encoder_.number(end - first);
    for (; task < end; ++task) {
      if constexpr (kind == ResultsKind::each) {
        add_outcome(task, make);
      } else {
        encode(encoder_, R(make()));
      }
    }
    part_.write(first, encoder_.encoded());
  }

 private:
  template <class Make>
  void add_outcome(Word task, Make& make) {
    const auto before = encoder_.mark();
    try {
      const R result = make();
      encode(encoder_, true);
      encode(encoder_, result);
    } catch (...) {
      encoder_.go_back(before);
      encode(encoder_, false);
      encode(encoder_, describe_task_error(task));
    }
  }

  JobPart& part_;
  Encoder encoder_;
};

template <class R>
class Output<R, ResultsKind::none> {
 public:
  explicit Output(JobPart&) {}
  template <class Make>
  void add_all(Word& task, Word end, Make&& make) {
    for (; task < end; ++task) make();
  }
};

/// Written where they will be read; over RMA, and for a caller's own, in pieces.
template <class R>
class Output<R, ResultsKind::plain> {
 public:
  explicit Output(JobPart& part) : part_(part) {}

  template <class Make>
  void add_all(Word& task, Word end, Make&& make) {
    if constexpr (ReadableResult<R>) {
      if (auto* all = static_cast<std::vector<R>*>(part_.own_results()); all != nullptr) {
        const auto append = [all](Word, Word count, const Raw<R>* from) {
          const std::size_t before = all->size();
          all->resize(before + count);
          std::memcpy(static_cast<void*>(all->data() + before), from, count * sizeof(R));
        };
        return add_pieces(task, end, make, append);
      }
    }
    if (std::byte* to = part_.local_results(); to != nullptr) {
      for (to += task * sizeof(R); task < end; ++task, to += sizeof(R)) {
        const R result = make();
        std::memcpy(to, &result, sizeof result);
      }
      return;
    }
    add_pieces(task, end, make,
               [this](Word first, Word count, const Raw<R>* from) { part_.write(first, count, from); });
  }

 private:
  static constexpr std::size_t kPiece = std::max<std::size_t>(1, 2048 / sizeof(R));

  // put(first, count, from) for each piece.
  template <class Make, class Put>
  void add_pieces(Word& task, Word end, Make& make, Put put) {
    while (task < end) {
      const Word first = task;
      for (std::size_t i = 0; i < kPiece && task < end; ++i, ++task) {
        const R result = make();
        std::memcpy(&piece_[i], &result, sizeof result);
      }
      put(first, task - first, piece_.data());
    }
  }

  JobPart& part_;
  std::array<Raw<R>, kPiece> piece_;
};

template <class F, class Input, class Call, bool each>
void work(JobPart& part) {
  using R = TaskResult<F, Call, typename Input::Element>;
  Decoder decoder(part.function());
  F function = decode_callable<F>(decoder);
  Input input(part);
  Output<R, results_kind<R>(each)> output(part);
  while (part.claim()) {
    Word task = part.first();
    try {
      input.begin();
      output.add_all(task, task + part.count(), [&]() -> R { return Call::call(function, input.next()); });
      if constexpr (requires { input.end(); }) input.end();
    } catch (...) {
      part.fail(std::min(task, part.first() + part.count() - 1));  // the results of all could not be written
    }
  }
}

/// Stops the compilation with one sentence where the function cannot be called with an element, or what it
/// returns cannot travel.
template <class F, class Call, class T>
constexpr void require_task() {
  require_callable_travels<F>();
  require_travels<std::remove_cvref_t<T>>();
  static_assert(
      requires { Call::call(std::declval<F&>(), std::declval<T>()); },
      "cohort: the function cannot be called with an element of this input; check the types (map passes the "
      "element itself, starmap the members of a tuple)");
  if constexpr (requires { Call::call(std::declval<F&>(), std::declval<T>()); }) {
    using R = TaskResult<F, Call, T>;
    static_assert(
        std::is_void_v<R> || Travels<R>,
        "cohort: what the function returns cannot travel back; return the value itself (std::string, "
        "std::vector), a trivially copyable type, or one with serialize()");
  }
}

}  // namespace cohort::detail
