// SPDX-License-Identifier: BSL-1.0
#pragma once

// The list's operations on values of T, over one access. Every one takes user values apart (encoding,
// comparing, callbacks) outside of an Operation, and changes the sequence by one commit.

#include <stdexcept>

#include "cohort/containers/dropped.hpp"
#include "cohort/containers/sequence_editor.hpp"
#include "cohort/containers/slice.hpp"
#include "cohort/containers/slots.hpp"

namespace cohort {

[[noreturn]] inline void throw_list_index(std::ptrdiff_t index, Word size) {
  throw std::out_of_range("list index " + std::to_string(index) + " is out of range: the list has " +
                          std::to_string(size) + (size == 1 ? " element" : " elements"));
}

namespace detail {
/// Throws OutOfSharedMemory where `count * times` slots are more than the whole heap.
void require_room(std::size_t count, std::size_t times, std::size_t slot_bytes);
}  // namespace detail

template <class T, class A>
class ListCore {
 public:
  ListCore(const Heap<A>& heap, Address object) : heap_(heap), slots_(heap, object, slot_bytes<T>) {}

  Word size() const { return slots_.size(); }

  [[gnu::always_inline]] void append(const T& value) const {
    if constexpr (is_inline<T>) {
      slots_.template append<sizeof(T)>(&value);
    } else {
      extend(std::span<const T>(&value, 1));
    }
  }

  void extend(std::span<const T> values) const {
    if (values.empty()) return;
    Prepared<T> added(values);
    Operation<A> operation(heap_);
    added.make(operation, heap_);
    Editor editor(slots_);
    editor.append(operation, added.slots(), added.count());
  }

  [[gnu::always_inline]] T get(std::ptrdiff_t index) const {
    if constexpr (is_inline<T> && A::kOptimisticReads) {
      Raw<T> raw;
      if (slots_.template peek<sizeof(T)>(index, raw.data())) [[likely]]
        return std::bit_cast<T>(raw);
    }
    return ListCore(*this).get_carefully(index);
  }
  [[gnu::noinline]] T get_carefully(std::ptrdiff_t index) const {
    std::optional<T> value;
    Word size = 0;
    const bool found = slots_.read(index, size, [&](Address slot, const auto& look) {
      if constexpr (is_inline<T>) {
        Raw<T> raw;
        heap_.access().read(slot, raw.data(), raw.size());
        value = std::bit_cast<T>(raw);
        return true;
      } else {
        value = read_blob<T>(heap_, Address(heap_.load(slot)), look);
        return value.has_value();
      }
    });
    if (!found) throw_list_index(index, size);
    return std::move(*value);
  }

  void set(std::ptrdiff_t index, const T& value) const {
    Prepared<T> replacement(std::span<const T>(&value, 1));
    Dropped dropped(heap_);
    Editor editor(slots_);
    replace(editor, position(editor, index), replacement, dropped);
  }

  /// `change` sees a copy; the list has its result at once, or nothing where it throws.
  template <class Change>
  T update(std::ptrdiff_t index, Change&& change) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    const Word at = position(editor, index);
    T value = value_at(editor, at);
    change(value);
    Prepared<T> replacement(std::span<const T>(&value, 1));
    replace(editor, at, replacement, dropped);
    return value;
  }

  void insert(std::ptrdiff_t index, const T& value) const {
    Prepared<T> added(std::span<const T>(&value, 1));
    Operation<A> operation(heap_);
    added.make(operation, heap_);
    Editor editor(slots_);
    const auto size = static_cast<std::ptrdiff_t>(editor.size());
    const auto at = static_cast<Word>(
        std::clamp(index < 0 ? std::max(index, -size) + size : index, std::ptrdiff_t{0}, size));
    if (at == editor.size()) return editor.append(operation, added.slots(), 1);
    std::vector<Slot> tail(editor.size() - at + 1);
    std::memcpy(tail.data(), added.slots(), sizeof(Slot));
    editor.read(at, editor.size() - at, tail.data() + 1);
    editor.replace_tail(operation, at, tail.data(), tail.size());
  }

  T pop(std::ptrdiff_t index) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    if (editor.size() == 0)
      throw std::out_of_range("pop from an empty list: index " + std::to_string(index) + ", size 0");
    const Word at = position(editor, index);
    T value = value_at(editor, at);
    erase(editor, at, 1, dropped);
    return value;
  }

  void erase(std::ptrdiff_t index) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    erase(editor, position(editor, index), 1, dropped);
  }

  /// False: no element satisfies `match`.
  template <class Match>
  bool erase_first(Match match) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    for (Word at = 0; at < editor.size(); ++at) {
      if (!match(value_at(editor, at))) continue;
      erase(editor, at, 1, dropped);
      return true;
    }
    return false;
  }

  void clear() const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    if (editor.size() != 0) erase(editor, 0, editor.size(), dropped);
  }

  void reverse() const {
    Editor editor(slots_);
    std::vector<Slot> all(editor.size());
    editor.read(0, all.size(), all.data());
    std::reverse(all.begin(), all.end());
    Operation<A> operation(heap_);
    editor.replace_tail(operation, 0, all.data(), all.size());
  }

  template <class Compare>
  void sort(Compare compare) const {
    Editor editor(slots_);
    std::vector<Slot> slots(editor.size());
    editor.read(0, slots.size(), slots.data());
    std::vector<std::pair<T, Slot>> all;
    all.reserve(slots.size());
    for (Word i = 0; i < slots.size(); ++i) all.emplace_back(value_at(editor, i), slots[i]);
    std::stable_sort(all.begin(), all.end(),
                     [&compare](const auto& a, const auto& b) { return compare(a.first, b.first); });
    std::transform(all.begin(), all.end(), slots.begin(), [](const auto& element) { return element.second; });
    Operation<A> operation(heap_);
    editor.replace_tail(operation, 0, slots.data(), slots.size());
  }

  std::vector<T> copy() const {
    if constexpr (is_inline<T>) {
      VectorSink<T, A> sink(heap_);
      slots_.read_all(sink);
      return sink.take();
    } else {
      // Blobs may be freed as soon as the latch is: they are read under it.
      Editor editor(slots_);
      return values(editor);
    }
  }

  /// `work` sees a copy of everything; the list has its result at once, or nothing where it throws.
  template <class Work>
  decltype(auto) transact(Work&& work) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    std::vector<T> all = values(editor);
    if constexpr (std::is_void_v<std::invoke_result_t<Work, std::vector<T>&>>) {
      work(all);
      assign(editor, all, dropped);
    } else {
      auto result = work(all);
      assign(editor, all, dropped);
      return result;
    }
  }

  /// Exchanges two elements, at once.
  void swap(std::ptrdiff_t i, std::ptrdiff_t j) const {
    Editor editor(slots_);
    const auto a = static_cast<std::ptrdiff_t>(position(editor, i));
    const auto b = static_cast<std::ptrdiff_t>(position(editor, j));
    Tail tail(*this, editor, std::min(a, b));
    std::swap(tail.at(a), tail.at(b));
    Operation<A> operation(heap_);
    editor.replace_tail(operation, tail.first, tail.slots.data(), tail.slots.size());
  }

  void set_slice(std::optional<std::ptrdiff_t> start, std::optional<std::ptrdiff_t> stop, std::ptrdiff_t step,
                 std::span<const T> values) const {
    Prepared<T> added(values);
    Dropped dropped(heap_);
    Editor editor(slots_);
    const Slice slice = Slice::resolve(start, stop, step, editor.size());
    if (step != 1 && static_cast<std::size_t>(slice.count) != values.size()) {
      throw std::invalid_argument("cannot assign " + std::to_string(values.size()) +
                                  " elements to a slice of " + std::to_string(slice.count));
    }
    if (step != 1 && slice.count == 0) return;
    Tail tail(*this, editor, slice.lowest());
    if (step == 1) {
      tail.remove(Slice{slice.first, 1, slice.count});
      tail.slots.insert(tail.slots.begin(), values.size(), Slot{});
    } else {
      for (std::ptrdiff_t i = 0; i < slice.count; ++i) tail.removed.push_back(tail.at(slice.at(i)));
    }
    Operation<A> operation(heap_);
    added.make(operation, heap_);
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(values.size()); ++i) {
      const std::ptrdiff_t at = step == 1 ? slice.first + i : slice.at(i);
      std::memcpy(&tail.at(at), added.slots() + static_cast<std::size_t>(i) * sizeof(Slot), sizeof(Slot));
    }
    drop(operation, tail.removed, dropped);
    editor.replace_tail(operation, tail.first, tail.slots.data(), tail.slots.size());
    dropped.confirm();
  }

  void erase_slice(std::optional<std::ptrdiff_t> start, std::optional<std::ptrdiff_t> stop,
                   std::ptrdiff_t step) const {
    Dropped dropped(heap_);
    Editor editor(slots_);
    const Slice slice = Slice::resolve(start, stop, step, editor.size());
    if (slice.count == 0) return;
    Tail tail(*this, editor, slice.lowest());
    tail.remove(slice);
    Operation<A> operation(heap_);
    drop(operation, tail.removed, dropped);
    editor.replace_tail(operation, tail.first, tail.slots.data(), tail.slots.size());
    dropped.confirm();
  }

 private:
  using Editor = typename Sequence<A>::Editor;
  using Slot = std::array<std::byte, slot_bytes<T>>;

  using Dropped = cohort::Dropped<A>;

  // The slots from `first` to the end, in private memory, by their indices in the list.
  struct Tail {
    Tail(const ListCore&, const Editor& editor, std::ptrdiff_t from)
        : first(static_cast<Word>(from)), slots(editor.size() - static_cast<Word>(from)) {
      editor.read(first, slots.size(), slots.data());
    }
    Slot& at(std::ptrdiff_t index) { return slots[static_cast<Word>(index) - first]; }
    void remove(const Slice& slice) {
      std::vector<bool> gone(slots.size());
      for (std::ptrdiff_t i = 0; i < slice.count; ++i) gone[static_cast<Word>(slice.at(i)) - first] = true;
      std::vector<Slot> kept;
      kept.reserve(slots.size());
      for (std::size_t i = 0; i < slots.size(); ++i) (gone[i] ? removed : kept).push_back(slots[i]);
      slots = std::move(kept);
    }
    Word first;
    std::vector<Slot> slots;
    std::vector<Slot> removed;
  };

  Word position(const Editor& editor, std::ptrdiff_t index) const {
    const Word at = static_cast<Word>(index) + (index < 0 ? editor.size() : 0);
    if (at >= editor.size()) throw_list_index(index, editor.size());
    return at;
  }

  T value_at(const Editor& editor, Word at) const {
    Slot slot;
    editor.read(at, 1, &slot);
    if constexpr (is_inline<T>) {
      return std::bit_cast<T>(slot);
    } else {
      return std::move(*read_blob<T>(heap_, Address(std::bit_cast<Word>(slot)), Latched{}));
    }
  }
  std::vector<T> values(const Editor& editor) const {
    std::vector<T> all;
    all.reserve(editor.size());
    for (Word i = 0; i < editor.size(); ++i) all.push_back(value_at(editor, i));
    return all;
  }

  // Blobs that leave the list.
  void drop(Operation<A>& operation, const std::vector<Slot>& removed, Dropped& dropped) const {
    if constexpr (!is_inline<T>) {
      for (const Slot& slot : removed) {
        const Address blob(std::bit_cast<Word>(slot));
        collect_handles(heap_, blob, dropped.held);
        operation.discard(blob);
      }
    }
  }

  void replace(Editor& editor, Word at, Prepared<T>& replacement, Dropped& dropped) const {
    if constexpr (is_word_slot<T>) {
      editor.set_word(at, replacement.slots());
    } else {
      Operation<A> operation(heap_);
      replacement.make(operation, heap_);
      if constexpr (!is_inline<T>) {
        std::vector<Slot> old(1);
        editor.read(at, 1, old.data());
        drop(operation, old, dropped);
      }
      editor.set(operation, at, replacement.slots());
      dropped.confirm();
    }
  }

  void erase(Editor& editor, Word at, Word count, Dropped& dropped) const {
    std::vector<Slot> removed;
    if constexpr (!is_inline<T>) {
      removed.resize(count);
      editor.read(at, count, removed.data());
    }
    const Word rest = editor.size() - at - count;
    std::vector<Slot> tail(rest);
    editor.read(at + count, rest, tail.data());
    Operation<A> operation(heap_);
    drop(operation, removed, dropped);
    if (rest == 0 && count == 1) {
      editor.pop(operation);
    } else {
      editor.replace_tail(operation, at, tail.data(), rest);
    }
    dropped.confirm();
  }

  void assign(Editor& editor, const std::vector<T>& all, Dropped& dropped) const {
    std::vector<Slot> old;
    if constexpr (!is_inline<T>) {
      old.resize(editor.size());
      editor.read(0, old.size(), old.data());
    }
    const Values<T> plain(all);
    Prepared<T> added(plain.span());
    Operation<A> operation(heap_);
    added.make(operation, heap_);
    drop(operation, old, dropped);
    editor.replace_tail(operation, 0, added.slots(), added.count());
    dropped.confirm();
  }

  Heap<A> heap_;
  Sequence<A> slots_;
};

}  // namespace cohort
