// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/job_part.hpp"

#include "cohort/heap/current.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

template <class Work>
decltype(auto) with_job(Address job, Work&& work) {
  return with_heap(
      [&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(JobCore<A>(heap, job)); });
}

// What went wrong with the task is kept: describe(), a TaskError.
template <class Describe>
void keep_task_error(Address job, std::optional<Word> task, Describe describe) noexcept {
  std::string why;
  try {
    TaskError error = describe();
    why = std::get<1>(error) + ": " + std::get<2>(error).substr(0, 200);
    const Word flags = with_job(job, [](const auto& core) { return core.get(offsetof(JobBody, flags)); });
    if ((flags & kSingleJob) != 0) std::get<0>(error) = std::nullopt;
    Encoder encoder;
    encode(encoder, error);
    with_job(job,
             [&](const auto& core) { core.fail(task.value_or(0), encoder.encoded(), current_window.rank); });
  } catch (const std::exception& error) {
    // That it failed is kept all the same.
    log_error("a task failed (" + why + "), and there was no room to say why: " + error.what());
    with_job(job, [&](const auto& core) { core.fail(task.value_or(0), std::nullopt, current_window.rank); });
  }
}

}  // namespace

JobPart::JobPart(Address job, void* own) : job_(job), own_(own) {
  with_heap([this](const auto& heap) {
    heap.access().read(Address(heap.load(own_field(job_, 2))), &body_, sizeof body_);
    const Address function(body_.function);
    const Word head = heap.load(function);
    function_.resize(blob_bytes(head));
    heap.access().read(blob_data(function, head), function_.data(), function_.size());
    input_ = blob_data(Address(body_.input), heap.load(Address(body_.input)));
    if constexpr (requires { heap.access().pointer(input_); }) {
      local_input_ = heap.access().pointer(input_);
      if (body_.results != 0) local_results_ = heap.access().pointer(Address(body_.results));
    }
  });
}

JobPart::JobPart(Address job, Word first, Word count, Address shown) : JobPart(job) {
  chunk_ = {first, 0};
  shown_ = shown;
  given_end_ = first + count;
}

std::vector<std::byte> JobPart::input() const {
  return with_heap([this](const auto& heap) {
    std::vector<std::byte> bytes(blob_bytes(heap.load(Address(body_.input))));
    heap.access().read(input_, bytes.data(), bytes.size());
    return bytes;
  });
}

// Before the job's end, which may be that of the session.
template <class A>
void JobPart::count(const JobCore<A>& core) {
  if (report_on) count_tasks(uncounted_);
  core.finish(std::exchange(uncounted_, 0));
}

bool JobPart::take_given() {
  const Word next = chunk_.first + chunk_.count;
  if (next == given_end_) with_heap([&](const auto& heap) { heap.store(shown_, next); });
  if (next == given_end_ || failed_below(next)) return false;
  chunk_ = {next, apart() ? 1 : given_end_ - next};
  with_heap([&](const auto& heap) { heap.store(shown_, next); });
  return true;
}

bool JobPart::failed_below(Word task) const {
  const Word first_error =
      with_job(job_, [](const auto& core) { return core.get(offsetof(JobBody, first_error)); });
  return first_error != 0 && first_error <= task;
}

void JobPart::drop_after_failure() const {
  if (at_back() || !failed_below(~Word{0})) return;
  with_job(job_, [](const auto& core) { core.drop(); });
}

void JobPart::lose(Word task, const TaskError& error) {
  if (body_.kind != static_cast<Word>(ResultsKind::each))
    return keep_task_error(job_, task, [&error] { return error; });
  const Address result = Address(body_.results) + task * sizeof(Word);
  if (with_heap([result](const auto& heap) { return heap.load(result) != 0; })) return;  // it was over
  Encoder encoder;
  encoder.number(1);
  encode(encoder, false);
  encode(encoder, error);
  write(task, encoder.encoded());
}

bool JobPart::claim() {
  if (shown_) return take_given();
  uncounted_ += std::exchange(chunk_.count, 0);
  return with_job(job_, [this](const auto& core) {
    if (uncounted_ >= kMostUncounted || (body_.flags & kEagerJob) != 0 || body_.chunk != 1) count(core);
    // Where somebody looks on, what is shared out comes in smaller pieces, for him to see something.
    const Word parts = (body_.flags & kEagerJob) != 0 ? 8 * body_.parties : body_.parties;
    const auto chunk = body_.chunk != 0 ? core.claim(body_.tasks, body_.chunk)
                                        : core.claim_share(body_.tasks, parts, body_.flags, at_back());
    chunk_ = {chunk.first, chunk.count};
    return chunk.count != 0;
  });
}

void JobPart::flush() {
  if (shown_) return;
  uncounted_ += std::exchange(chunk_.count, 0);
  with_job(job_, [this](const auto& core) { count(core); });
}

void JobPart::read(Word first, Word count, std::size_t size, void* to) const {
  with_heap([&](const auto& heap) { heap.access().read(input_ + first * size, to, count * size); });
}

std::span<const std::byte> JobPart::read(Word first, Word count) {
  return with_heap([&](const auto& heap) -> std::span<const std::byte> {
    const Address offsets(body_.offsets);
    const Word begin = heap.load(offsets + first * sizeof(Word));
    elements_.resize(heap.load(offsets + (first + count) * sizeof(Word)) - begin);
    heap.access().read(input_ + begin, elements_.data(), elements_.size());
    return elements_;
  });
}

void JobPart::write(Word first, Word count, const void* from) const {
  with_heap([&](const auto& heap) {
    heap.access().write(Address(body_.results) + first * body_.stride, from, count * body_.stride);
  });
}

void JobPart::write(Word first, const Encoded& results) const {
  with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const Address blob = make_blob(operation, heap, results);
    operation.keep();
    heap.store(Address(body_.results) + first * sizeof(Word), blob.bits());
  });
}

void fail_job(Address job, std::optional<Word> task, bool at_back) noexcept {
  keep_task_error(job, task, [task] { return describe_task_error(task); });
  if (!at_back) with_job(job, [](const auto& core) { core.drop(); });
}

TaskError describe_task_error(std::optional<Word> task) {
  ExceptionText text;
  try {
    throw;
  } catch (const ExitRequest& exit) {
    text = {"cohort::this_process::exit", "a task cannot exit with " + std::to_string(exit.code)};
  } catch (...) {
    text = describe_exception();
  }
  return {task, text.type, text.message, running_name(), current_window.rank};
}

}  // namespace cohort
