// SPDX-License-Identifier: BSL-1.0
#pragma once

// References: how this OS process holds shared objects.
//
// Every object that the process refers to has one LocalObject here, however many handles there are. It
// stands for one count in the window and one word in the process's ledger, so that copying and dropping
// handles touches private memory alone, and a dead process's counts can be found and lowered.
//
// Order of words: an entry is in the ledger before its object's count is raised, and leaves it after the count is lowered,
// by an actor whose slot says `counting` meanwhile.
// A death     in between: for such an entry nothing is lowered, so that the count is right, or too high where it died
//             right before it lowered it or right after it raised it.

#include <atomic>
#include <cstdint>
#include <utility>

#include "cohort/heap/object.hpp"

namespace cohort {

struct LocalObject {
  std::atomic<std::uint32_t> handles;  // of this process
  ObjectId id;
  Address entry;  // in the ledger
  Word kind = 0;  // as in its header, once somebody has asked for it
};

/// The process's hold on one object; null after a default construction or a move.
class Reference {
 public:
  Reference() = default;
  Reference(const Reference& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Reference& operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Reference() {
    if (object_ == nullptr) return;
    // The step from 1 to 0 is made under the table's mutex, where adopt() cannot raise it again.
    auto handles = object_->handles.load(std::memory_order_relaxed);
    while (handles > 1) {
      if (object_->handles.compare_exchange_weak(handles, handles - 1, std::memory_order_release)) return;
    }
    drop(object_);
  }

  /// Takes over the count that a new object comes with.
  static Reference of_new(ObjectId id);
  /// Raises the count unless this process holds the object already. Null where the object is gone.
  static Reference adopt(ObjectId id);
  /// The same where the bytes of a value name the object: they may be damaged. Null, too, where no object of this kind
  /// (0: of any) lies there.
  static Reference adopt_named(ObjectId id, Word kind);

  explicit operator bool() const noexcept { return object_ != nullptr; }
  ObjectId id() const noexcept { return object_->id; }
  Address address() const noexcept { return object_->id.address; }
  friend bool operator==(const Reference& a, const Reference& b) noexcept { return a.object_ == b.object_; }

 private:
  explicit Reference(LocalObject* object) : object_(object) {}
  template <class Allows>
  static Reference adopt_where(ObjectId id, Allows allows);
  static void drop(LocalObject* object) noexcept;

  LocalObject* object_ = nullptr;
};

/// At the session's end: forgets all objects of this process, so that handles that outlive the session
/// are harmless. Returns how many there were.
std::size_t forget_references() noexcept;

}  // namespace cohort
