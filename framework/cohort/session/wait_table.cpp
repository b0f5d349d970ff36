// SPDX-License-Identifier: BSL-1.0
#include "cohort/session/wait_table.hpp"

#include <cstdio>
#include <map>

#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/reference.hpp"
#include "cohort/heap/type_name.hpp"
#include "cohort/process/record.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

constexpr std::size_t kMostLines = 100;

// What the call is, and what would end the wait.
struct Words {
  const char* call;
  const char* missing;
};
Words words_of(WaitKind kind) {
  switch (kind) {
    case WaitKind::process:
      return {"join() of ", "it does not end"};
    case WaitKind::value:
      return {"wait() on ", "nobody is left to change it"};
    case WaitKind::latch:
      return {"a call of ", ""};
    case WaitKind::lock:
      return {"lock() of ", ""};
    case WaitKind::semaphore:
      return {"acquire() of ", "nobody is left to release() it"};
    case WaitKind::condition:
      return {"wait() on ", "nobody is left to notify()"};
    case WaitKind::event:
      return {"wait() on ", "nobody is left to set() it"};
    case WaitKind::barrier:
      return {"wait() at ", ""};
    case WaitKind::queue_get:
      return {"get() on ", "nobody is left to put() or close()"};
    case WaitKind::queue_put:
      return {"put() on ", "it is full, and nobody is left to get()"};
    case WaitKind::queue_join:
      return {"join() of ", "nobody is left to say task_done()"};
    case WaitKind::future:
      return {"get() of ", "nobody is left to do its tasks"};
    case WaitKind::pool:
      return {"join() of ", "its work does not end"};
    default:
      return {"", ""};
  }
}

class Describer {
 public:
  explicit Describer(const std::vector<ActorView>& actors) : actors_(actors) {
    with_heap([this]<class A>(const Heap<A>& heap) {
      Directory<A>(heap).each([this](ObjectId id, const std::string& name) { names_[id.address] = name; });
    });
    for (const ActorView& view : actors_) {
      pin(view, view.process);
      if (!view.idle() && view.kind != WaitKind::none && view.kind != WaitKind::latch) pin(view, view.object);
    }
  }

  // "rank 1, worker-2"
  std::string who(const ActorView& view) const {
    const std::string rank = "rank " + std::to_string(view.rank);
    if (view.process) return rank + ", " + (pinned(view.process) ? record_name(view.process) : "a Process");
    return rank + (is_main(view) ? ", main" : ", a thread");
  }

  std::string what(const ActorView& view) {
    if (view.kind == WaitKind::none) return "runs, or waits outside of Cohort";
    if (view.idle()) return "has nothing to do";
    return words_of(view.kind).call + object(view);
  }

  // "cohort::Lock 'jobs'", "cohort::Lock #2", "Process worker-2"
  std::string object(const ActorView& view) {
    const Address at = view.kind == WaitKind::latch ? owner_of_latch(view.object) : view.object;
    if (!at) return "a latch of Cohort's own";
    if (view.kind != WaitKind::latch && !pinned(at)) return "something that is gone by now";
    if (view.kind == WaitKind::process) return "Process " + record_name(at);
    std::string text;
    with_heap([&](const auto& heap) { text = demangled(type_name_of(heap, at).c_str()); });
    if (const auto named = names_.find(at); named != names_.end()) return text + " '" + named->second + "'";
    return text + " #" + std::to_string(numbers_.try_emplace(at, numbers_.size() + 1).first->second);
  }

  const ActorView* holder(const ActorView& view) const {
    const auto found = std::ranges::find_if(actors_, [&view](const ActorView& other) {
      if (view.kind == WaitKind::process) return other.process == view.object;
      return view.holder != 0 && other.actor == view.holder;
    });
    return found == actors_.end() ? nullptr : &*found;
  }
  std::string held_by(const ActorView& view) const {
    const ActorView* by = holder(view);
    if (by != nullptr && by->idle()) return "nobody who still runs (rank " + std::to_string(by->rank) + ")";
    if (by != nullptr) return who(*by);
    return view.holder != 0 ? "a thread that has ended" : "";
  }

  // What would have to come.
  std::string missing(const ActorView& view) {
    if (view.kind == WaitKind::barrier && pinned(view.object)) {
      return with_heap([&view]<class A>(const Heap<A>& heap) {
        const BarrierCore<A> barrier(heap, view.object);
        return std::to_string(barrier.waiting()) + " of " + std::to_string(barrier.parties()) +
               " have come, and nobody is left to come";
      });
    }
    if (view.holder != 0) {
      const ActorView* by = holder(view);
      return by == nullptr || by->idle() ? "whoever held it has ended without unlock()"
                                         : "held by " + who(*by);
    }
    return words_of(view.kind).missing;
  }

 private:
  // What a look has shown may be gone by now, and something else be there. What the actor still speaks of, when its
  // generation has been read, is what that is of; and what is held stays.
  void pin(const ActorView& view, Address at) {
    if (!at || pinned(at)) return;
    const auto [reference, same] = with_heap([&](const auto& heap) {
      const auto now = [&](std::size_t field) { return heap.load(actor_field(view.actor, field)); };
      const Word of = heap.load(object_field(at, COHORT_FIELD(ObjectHeader, reference)));
      return std::pair(
          of, now(COHORT_FIELD(ActorSlot, process)) == view.process.bits() &&
                  now(COHORT_FIELD(ActorSlot, wait_kind)) == static_cast<Word>(view.kind) &&
                  (view.kind == WaitKind::none || now(COHORT_FIELD(ActorSlot, wait_since)) == view.since));
    });
    if (!same) return;
    if (Reference held = Reference::adopt({at, static_cast<std::uint32_t>(reference >> 32)}))
      pinned_.emplace(at, std::move(held));
  }
  bool pinned(Address at) const { return pinned_.contains(at); }

  bool is_main(const ActorView& view) const {
    return with_heap([&view](const auto& heap) {
      return heap.load(member_field(view.member, COHORT_FIELD(MemberSlot, pid))) == view.thread;
    });
  }
  // Latches of objects lie at the beginning of their own line.
  Address owner_of_latch(Address latch) const {
    if (names_.contains(latch)) return latch;
    const std::size_t own = COHORT_FIELD(ObjectHeader, own);
    if (latch.offset() < kPageTableOffset + own) return Address();
    const Address object(latch.bits() - own);
    return names_.contains(object) ? object : Address();
  }

  const std::vector<ActorView>& actors_;
  std::map<Address, std::string> names_;
  std::map<Address, std::size_t> numbers_;
  std::map<Address, Reference> pinned_;
};

std::string since(const ActorView& view) {
  if (view.kind == WaitKind::none || view.idle()) return "";
  const Word now = monotonic_ns(std::chrono::steady_clock::now());
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(now - std::min(now, view.since)) / 1e9);
  return std::string(text) + (view.until != 0 ? ", limited" : "");
}

std::string place(const ActorView& view) {
  if (view.kind == WaitKind::none || view.line == 0 || view.file == 0) return "";
  std::string file;
  try {
    file = static_cast<const char*>(Modules::place(view.file));
  } catch (const UsageError&) {
    return "";  // of a library that this rank has not loaded
  }
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(view.line);
}

using Row = std::array<std::string, 5>;

// Columns as wide as they have to be.
std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, 5> width = {};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (width[i] == 0) continue;
      line += " " + row[i] + std::string(width[i] - row[i].size() + 1, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

// Who waits for whom, from this one on, until somebody comes up again; empty where nobody does.
std::vector<const ActorView*> circle_from(const Describer& describer, const ActorView& first) {
  std::vector<const ActorView*> path;
  for (const ActorView* at = &first; at != nullptr && !at->idle(); at = describer.holder(*at)) {
    const auto seen = std::ranges::find(path, at);
    if (seen != path.end()) return {seen, path.end()};
    path.push_back(at);
  }
  return {};
}

}  // namespace

std::string wait_table(const std::vector<ActorView>& actors) {
  Describer describer(actors);
  std::vector<Row> rows = {{"who", "waits in", "held by", "since", "called at"}};
  for (const ActorView& view : actors) {
    if (view.idle() && !view.process) continue;
    rows.push_back(
        {describer.who(view), describer.what(view), describer.held_by(view), since(view), place(view)});
  }
  const std::size_t waiting = rows.size() - 1;
  const auto idle = actors.size() - waiting;
  if (waiting > kMostLines) rows.resize(kMostLines + 1);
  std::string text = table(rows);
  if (waiting > kMostLines) text += "  and " + std::to_string(waiting - kMostLines) + " more\n";
  if (idle != 0)
    text += "  " + std::to_string(idle) + (idle == 1 ? " thread has" : " threads have") + " nothing to do\n";
  return text;
}

std::string hang_reason(const std::vector<ActorView>& actors) {
  Describer describer(actors);
  for (const ActorView& view : actors) {
    const auto circle = circle_from(describer, view);
    if (circle.empty()) continue;
    std::string text = "  a circle: ";
    for (const ActorView* at : circle) text += describer.who(*at) + " -> " + describer.object(*at) + " -> ";
    return text + describer.who(*circle.front()) + "\n";
  }
  // As many lines as there are things that are waited for.
  std::vector<std::pair<const ActorView*, std::size_t>> groups;
  for (const ActorView& view : actors) {
    if (view.idle()) continue;
    const auto same = std::ranges::find_if(groups, [&view](const auto& group) {
      return group.first->kind == view.kind && group.first->object == view.object;
    });
    if (same == groups.end())
      groups.emplace_back(&view, 1);
    else
      ++same->second;
  }
  std::string text;
  for (const auto& [view, count] : groups) {
    text += "  " + (count == 1 ? describer.who(*view) + " waits" : std::to_string(count) + " wait") + " in " +
            describer.what(*view);
    if (const std::string missing = describer.missing(*view); !missing.empty()) text += ": " + missing;
    text += "\n";
  }
  return text;
}

}  // namespace cohort
