// SPDX-License-Identifier: BSL-1.0
#include "board.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace farm {
namespace {

constexpr double kLook = 0.05;  // seconds

template <class Object, class... Args>
Object shared(const char* name, Args&&... args) {
  return cohort::manager().open<Object>(std::string("farm ") + name, std::forward<Args>(args)...);
}

// Two for each doubling, from a millisecond on.
std::size_t bucket_of(double seconds) {
  const double place = 2 * std::log2(std::max(seconds, 1e-3) / 1e-3);
  return std::min<std::size_t>(static_cast<std::size_t>(place),
                               std::tuple_size_v<decltype(Counts::durations)> - 1);
}
double end_of_bucket(std::size_t bucket) { return 1e-3 * std::exp2(0.5 * static_cast<double>(bucket + 1)); }
void note(Counts& counts, double seconds) {
  ++counts.durations[bucket_of(seconds)];
  counts.longest = std::max(counts.longest, seconds);
}

}  // namespace

double now() {
  using Steady = std::chrono::steady_clock;
  static const Steady::time_point begin = Steady::now();
  static const double begun =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return begun + std::chrono::duration<double>(Steady::now() - begin).count();
}

Board::Board(int ranks)
    : todo_(shared<cohort::List<Todo>>("todo")),
      stage_ends_(shared<cohort::List<std::uint32_t>>("stage ends")),
      retries_(shared<cohort::List<Retry>>("retries")),
      counts_(shared<cohort::Value<Counts>>("counts", Counts())),
      stop_(shared<cohort::Value<int>>("stop", 0)),
      why_(shared<cohort::Value<int>>("why", 0)),
      settings_(shared<cohort::Value<Settings>>("settings", Settings())),
      has_work_(shared<cohort::Value<int>>("has work", 0)),
      gone_(shared<cohort::Value<int>>("gone", 0)),
      running_(shared<cohort::Array<Running>>("running", static_cast<std::size_t>(ranks))),
      begun_(shared<cohort::Event>("begun")),
      changed_(shared<cohort::Condition>("changed")),
      journal_lock_(shared<cohort::Lock>("journal lock")),
      log_lock_(shared<cohort::Lock>("log lock")) {}

void Board::begin(const std::optional<Settings>& settings, const std::vector<Todo>& todo,
                  std::span<const double> times) {
  if (settings) {
    Counts counts;
    for (const double time : times) note(counts, time);
    counts_.set(counts);
    for (std::size_t i = 1; i < todo.size(); ++i) {
      if (todo[i].task.stage != todo[i - 1].task.stage) stage_ends_.append(static_cast<std::uint32_t>(i));
    }
    stage_ends_.append(static_cast<std::uint32_t>(todo.size()));
    todo_.extend(todo);
    settings_.set(*settings);
    has_work_.set(1);
  }
  begun_.set();
}

std::optional<Settings> Board::wait_for_begin() const {
  begun_.wait();
  if (has_work_.get() == 0) return std::nullopt;
  return settings_.get();
}

void Board::wait_for_others() const {
  const int others = static_cast<int>(running_.size()) - 1;
  for (int gone = gone_.get(); gone < others; gone = gone_.get()) gone_.wait(gone);
}

double Board::estimate(const Counts& counts) {
  std::uint64_t all = 0;
  for (const std::uint32_t count : counts.durations) all += count;
  if (all == 0) return 0;
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (20 * (below += counts.durations[bucket]) < 19 * all) ++bucket;
  return std::min(end_of_bucket(bucket), counts.longest);
}

// With the condition held. `due`: when to look again at the latest.
std::optional<Todo> Board::take(const Settings& settings, double& due) const {
  Counts counts = counts_.get();
  const double time = now();
  if (settings.last_moment != 0 && time + estimate(counts) > settings.last_moment) {
    if (counts.ended < todo_.size()) stop(Stop::drain, Why::time);
    return std::nullopt;
  }
  if (counts.next < stage_ends_.get(counts.stage)) {
    Todo todo = todo_.get(counts.next);
    ++counts.next;
    ++counts.running;
    counts_.set(counts);
    return todo;
  }
  if (counts.next_retry == retries_.size()) return std::nullopt;
  const Retry retry = retries_.get(counts.next_retry);  // all wait equally long
  due = std::min(due, retry.due);
  if (settings.last_moment != 0 && counts.running == 0 && retry.due + estimate(counts) > settings.last_moment)
    stop(Stop::drain, Why::time);
  if (retry.due > time) return std::nullopt;
  Todo todo = todo_.get(retry.index);
  todo.tries = retry.tries;
  ++counts.next_retry;
  ++counts.running;
  counts_.set(counts);
  return todo;
}

std::optional<Todo> Board::claim(const Settings& settings) const {
  const std::scoped_lock held(changed_);
  for (;;) {
    if (stopping() != Stop::no || counts_.get().ended == todo_.size()) return std::nullopt;
    double due = now() + kLook;
    if (auto todo = take(settings, due)) return todo;
    if (stopping() != Stop::no) return std::nullopt;
    changed_.wait(std::chrono::duration<double>(std::max(0.001, due - now())));
  }
}

bool Board::end(const Settings& settings, const Todo& todo, const Record& record) const {
  const std::scoped_lock held(changed_);
  Counts counts = counts_.get();
  --counts.running;
  counts.busy += record.end - record.start;
  bool again = false;
  if (record.how != How::interrupted) {
    note(counts, record.end - record.start);
    again = record.how != How::done && todo.tries < settings.retries;
  }
  if (again) {
    ++counts.retries;
    retries_.append({todo.index, todo.tries + 1, record.end + settings.retry_delay});
  } else if (record.how != How::interrupted) {
    ++counts.ended;
    if (record.how == How::done) {
      ++counts.done;
    } else {
      ++counts.failed;
    }
    if (counts.ended == stage_ends_.get(counts.stage) && counts.ended < todo_.size()) ++counts.stage;
  }
  counts_.set(counts);
  changed_.notify_all();
  if (settings.max_fails != 0 && counts.failed >= settings.max_fails)
    stop(settings.fail_fast == FailFast::kill ? Stop::kill : Stop::drain, Why::failures);
  return again;
}

void Board::stop(Stop how, Why why) const {
  int nothing = 0;
  why_.compare_exchange(nothing, static_cast<int>(why));
  stop_.fetch_max(static_cast<int>(how));
}

}  // namespace farm
