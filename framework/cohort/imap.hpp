// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "cohort/future.hpp"
#include "cohort/typed/work.hpp"
#include "cohort/watch/progress.hpp"

namespace cohort {

namespace detail {

/// A job of a function that is stored as Stored, on this input. `Outcome` is its Future.
template <class Outcome, class Stored, class Input, class Call, bool each>
Outcome submit(const Reference& pool, const Stored& function, const WrittenInput& input, JobSpec spec,
               bool seated) {
  using Result = TaskResult<Stored, Call, typename Input::Element>;
  Encoder encoder;
  encode_callable(encoder, function);
  spec.work = Modules::function_token(&work<Stored, Input, Call, each>);
  spec.function = encoder.encoded();
  spec.input = input.encoded();
  spec.offsets = input.offsets;
  spec.tasks = input.tasks;
  spec.kind = results_kind<Result>(each);
  spec.flags |= kApartJob;
  if constexpr (!std::is_void_v<Result>) spec.stride = sizeof(Result);
  return Outcome(submit_job(pool, spec, typeid(Outcome).name(), seated));
}

}  // namespace detail

/// The results of Pool::imap and imap_unordered: an input range, to be gone through once. The pool must live
/// longer. Leaving early drops what has not begun.
///
/// Where a task threw, `*` and next() throw RemoteError with the element's index in place of its result, and where its
/// child died, ProcessDied; the others follow.
template <class F, class View>
class Imap {
 public:
  using Element = std::ranges::range_value_t<View>;
  using Result = detail::TaskResult<F, detail::CallWithElement, Element>;
  static_assert(
      !std::is_void_v<Result>,
      "cohort: imap gives results, and this function returns nothing; use map, or return something");

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Result;
    using difference_type = std::ptrdiff_t;
    explicit iterator(Imap* all) : all_(all) {}
    Result& operator*() const { return all_->current(); }
    iterator& operator++() {
      all_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return all_->ended_; }

   private:
    Imap* all_;
  };

  struct Order {
    std::size_t chunk;   ///< 0: what takes some time
    std::size_t window;  ///< 0: some chunks for each process
    bool ordered;
  };
  Imap(const Reference& pool, F function, View view, const Order& order, const std::string& progress)
      : pool_(pool), function_(std::move(function)), view_(std::move(view)), order_(order) {
    require_open(pool);
    if constexpr (std::ranges::sized_range<View>) all_ = static_cast<std::size_t>(std::ranges::size(view_));
    if (progress.empty()) return;
    progress_.emplace(progress, all_, [given = given_] { return given->load(std::memory_order_relaxed); });
  }
  ~Imap() {
    for (const Piece& piece : pieces_) cancel_job(piece.job.reference());
  }
  Imap(const Imap&) = delete;
  Imap& operator=(const Imap&) = delete;

  iterator begin() {
    advance();
    return iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

  /// The next result; nothing: there are no more. Blocks. Goes on after it has thrown RemoteError.
  std::optional<Result> next() {
    advance();
    if (ended_) return std::nullopt;
    return std::move(current());
  }

 private:
  // One chunk on its way.
  struct Piece {
    Future<void> job;  // only to hold it
    Word first;
    std::size_t count;
  };
  static constexpr std::chrono::duration<double> kChunkTime = std::chrono::milliseconds(6);
  static constexpr std::chrono::duration<double> kLookTime = std::chrono::microseconds(200);
  static constexpr std::size_t kMostChunk = 4096;
  static constexpr std::size_t kNoChunkIsLarger = std::size_t{1} << 40;
  static constexpr std::size_t kAhead = 4;  // chunks for each process

  Result& current() {
    if (error_) throw_remote(*error_);
    return *value_;
  }

  void advance() {
    if (left_ == 0 && !open_blob()) take_piece();
    if (ended_) return;
    --left_;
    const Word index = next_++;
    given_->fetch_add(1, std::memory_order_relaxed);
    error_.reset();
    if (failed_) {
      error_ = failed_;
    } else if (decode<bool>(decoder_)) {
      value_.emplace(decode<Result>(decoder_));
      return;
    } else {
      error_ = decode<TaskError>(decoder_);
    }
    std::get<0>(*error_) = index;
  }

  // The outcomes of the next chunk that is wanted and has ended.
  void take_piece() {
    submit_pieces();
    if (pieces_.empty()) {
      ended_ = true;
      return;
    }
    auto piece = pieces_.begin();
    if (!order_.ordered) {
      std::vector<const Reference*> jobs;
      for (const Piece& p : pieces_) jobs.push_back(&p.job.reference());
      piece += static_cast<std::ptrdiff_t>(wait_for_any(jobs));
    } else {
      piece->job.wait(CallSite());  // (the loop that asks for it is the program's, and not known)
    }
    taken_.emplace(std::move(*piece));
    pieces_.erase(piece);
    outstanding_ -= taken_->count;
    next_ = taken_->first;
    failed_.reset();
    learn(taken_->count);
    try {
      open_blob();
    } catch (const RemoteError& error) {
      // Of all in it: the initializer's, or there was no room for the results.
      failed_.emplace(std::nullopt, error.type(), error.message(), error.process(), error.rank());
      left_ = taken_->count;
      taken_.reset();
    } catch (...) {
      taken_.reset();
      throw;
    }
  }
  // The results that lie together and come next, of the piece that was taken. False: there are no more.
  bool open_blob() {
    if (!taken_) return false;
    bytes_ = JobResults(taken_->job.reference().address()).blob(next_ - taken_->first);
    decoder_ = Decoder(bytes_);
    left_ = decoder_.number();
    if (next_ + left_ == taken_->first + taken_->count) taken_.reset();  // all of it is read
    return true;
  }

  // Reads elements and hands them out, as far ahead as may be.
  void submit_pieces() {
    const auto parties = static_cast<std::size_t>(pool_parties(pool_));
    const auto chunk_now = [&] {
      return order_.chunk != 0 ? std::min(order_.chunk, kNoChunkIsLarger) : share(parties);
    };
    const std::size_t window =
        std::max<std::size_t>(1, order_.window != 0 ? order_.window : kAhead * parties * chunk_now());
    while (outstanding_ < window && (!elements_.empty() || more())) {
      const std::size_t chunk = chunk_now();
      const std::size_t most = std::min(chunk, window - outstanding_);
      for (; elements_.size() < most && more(); used_ = true)
        elements_.push_back(static_cast<Element>(**at_));
      try {
        pieces_.push_back({submit(elements_), read_, elements_.size()});
      } catch (const OutOfSharedMemory&) {
        if (pieces_.empty()) throw;
        return;  // there will be room when one of these is done
      } catch (const Closed&) {
        if (pieces_.empty()) throw;
        return;  // what was done before is given
      }
      read_ += elements_.size();
      outstanding_ += elements_.size();
      elements_.clear();
    }
  }
  // There is an element at *at_. (To go to the next one may be to read it, or to wait for it: not before it is wanted.)
  bool more() {
    if (!at_) at_ = std::ranges::begin(view_);
    if (std::exchange(used_, false)) ++*at_;
    return *at_ != std::ranges::end(view_);
  }

  Future<void> submit(const std::vector<detail::NonBool<Element>>& elements) {
    using Input =
        std::conditional_t<is_inline<Element>, detail::PlainInput<Element>, detail::EncodedInput<Element>>;
    detail::WrittenInput input;
    Input::write(input, elements);
    JobSpec spec;
    spec.chunk = elements.size();
    spec.flags = kLaterJob;
    return detail::submit<Future<void>, F, Input, detail::CallWithElement, true>(pool_, function_, input,
                                                                                 spec, false);
  }

  // The chunk that takes some time; where the end is known, no more of what is left than all can still even out.
  std::size_t share(std::size_t parties) const {
    if (all_ == 0) return chunk_;
    return std::clamp<std::size_t>((all_ - read_) / (4 * parties), 1, chunk_);
  }

  // How many elements take one party some time: by what all have done since the last look.
  void learn(std::size_t count) {
    since_ += count;
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> elapsed = now - measured_;
    if (elapsed < kLookTime) return;
    const double fitting = kChunkTime / elapsed * static_cast<double>(since_) / pool_parties(pool_);
    const auto wanted = static_cast<std::size_t>(std::max(1.0, fitting));
    chunk_ = std::min({wanted, 2 * chunk_, kMostChunk});
    measured_ = now;
    since_ = 0;
  }

  Reference pool_;
  F function_;
  View view_;
  Order order_;
  std::optional<std::ranges::iterator_t<View>> at_;
  bool used_ = false;                               // what at_ is at
  std::vector<detail::NonBool<Element>> elements_;  // read, and not yet handed out
  std::size_t chunk_ = 1;
  std::deque<Piece> pieces_;
  std::size_t outstanding_ = 0;
  std::optional<Piece> taken_;  // that is being given, and not read to its end
  Word read_ = 0;
  std::size_t all_ = 0;           // 0: nobody knows how many there will be
  std::vector<std::byte> bytes_;  // of what is being given
  Decoder decoder_{{}};
  Word left_ = 0;
  Word next_ = 0;                    // the index of what comes next
  std::optional<TaskError> failed_;  // that of all in it
  bool ended_ = false;
  std::optional<Result> value_;
  std::optional<TaskError> error_;
  std::chrono::steady_clock::time_point measured_ = std::chrono::steady_clock::now();
  std::size_t since_ = 0;
  std::shared_ptr<std::atomic<Word>> given_ = std::make_shared<std::atomic<Word>>(0);
  std::optional<Progress> progress_;
};

}  // namespace cohort
