// SPDX-License-Identifier: BSL-1.0
#pragma once

// A reduce(): each chunk of elements is folded into one result by whoever claims it, and these results by the caller.

#include "cohort/future.hpp"
#include "cohort/typed/work.hpp"

namespace cohort::detail {

template <class R, class F>
R combine(F& function, R left, R right) {
  return static_cast<R>(
      std::invoke(function, static_cast<PassedArgument<R>>(left), static_cast<PassedArgument<R>>(right)));
}

/// A chunk's result, where it will be read.
template <class R>
void write_result(const JobPart& part, Word at, const R& result) {
  if constexpr (is_inline<R>) {
    part.write(at, 1, &result);
  } else {
    Encoder encoder;
    encoder.number(1);
    encode(encoder, result);
    part.write(at, encoder.encoded());
  }
}

template <class F, class Input, class R>
void fold(JobPart& part) {
  Decoder decoder(part.function());
  const Word chunk = decoder.number();
  F function = decode_callable<F>(decoder);
  Input input(part);
  while (part.claim()) {
    Word task = part.first();
    const Word last = task + part.count() - 1;
    try {
      input.begin();
      R total = static_cast<R>(input.next());
      while (task < last) {
        ++task;
        total = combine<R>(function, std::move(total), static_cast<R>(input.next()));
      }
      write_result(part, part.first() / chunk, total);
    } catch (...) {
      part.fail(task);
    }
  }
}

/// Stops the compilation with one sentence where the function cannot fold elements T into an R.
template <class F, class R, class T>
constexpr void require_fold() {
  require_callable_travels<F>();
  require_travels<std::remove_cvref_t<T>>();
  require_travels<R>();
  static_assert(
      std::movable<R> && std::convertible_to<T, R>,
      "cohort: reduce makes a value of the initial value's type of each element, and these elements "
      "cannot be converted to it; give an initial value of the result's type");
  static_assert(
      std::is_invocable_r_v<R, F&, PassedArgument<R>, PassedArgument<R>>,
      "cohort: reduce calls the function with two values of the initial value's type, and wants one "
      "back; check the types");
}

/// Begins to fold an input; the results of its chunks, in order.
template <class R, class F, class Range>
Future<std::vector<R>> submit_fold(const Reference& pool, const F& function, Range&& range, JobSpec spec,
                                   bool seated) {
  using Input = typename InputOf<Range>::type;
  WrittenInput input;
  Input::write(input, std::forward<Range>(range));
  // A few chunks for each process, so that uneven ones end together.
  const auto chunks = 4 * static_cast<Word>(pool_parties(pool));
  if (spec.chunk == 0) spec.chunk = std::max<Word>(1, (input.tasks + chunks - 1) / chunks);
  spec.chunk = std::min(spec.chunk, std::max<Word>(1, input.tasks));
  spec.tasks = input.tasks;
  spec.outcomes = (spec.tasks + spec.chunk - 1) / spec.chunk;
  Encoder encoder;
  encoder.number(spec.chunk);
  encode_callable(encoder, function);
  spec.work = Modules::function_token(&fold<F, Input, R>);
  spec.function = encoder.encoded();
  spec.input = input.encoded();
  spec.offsets = input.offsets;
  spec.kind = results_kind<R>(false);
  spec.stride = sizeof(R);
  return Future<std::vector<R>>(submit_job(pool, spec, typeid(Future<std::vector<R>>).name(), seated));
}

/// What is left to do where the chunks have their results. Throws RemoteError, as a task does.
template <class R, class F>
R fold_results(const F& function, R total, std::vector<R> results) {
  try {
    F own = function;
    for (auto&& result : results)
      total = combine<R>(own, std::move(total), static_cast<R>(std::move(result)));
  } catch (...) {
    throw_remote(describe_task_error(std::nullopt));
  }
  return total;
}

}  // namespace cohort::detail
