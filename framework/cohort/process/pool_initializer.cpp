// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/pool_initializer.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/heap/blob.hpp"
#include "cohort/heap/blocking.hpp"
#include "cohort/heap/decoder.hpp"
#include "cohort/process/pool_access.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

// The pools whose initializers this thread is in, the innermost first.
struct Initializing {
  Address pool;
  const Initializing* outer;
};
thread_local const Initializing* initializing = nullptr;

}  // namespace

void refuse_in_initializer(Address pool) {
  for (const Initializing* at = initializing; at != nullptr; at = at->outer) {
    if (at->pool == pool)
      throw UsageError(
          "a Pool's initializer cannot give work to its own pool: no task there begins before it is over");
  }
}

void initialize_for(const Reference& pool) {
  const Address blob = with_pool(pool, [](const auto& core) { return core.initializer(); });
  if (!blob) return;
  refuse_in_initializer(pool.address());
  struct Once {
    std::uint32_t generation;
    std::mutex mutex;
    bool done = false;
    explicit Once(std::uint32_t of) : generation(of) {}
  };
  static std::mutex mutex;
  static std::map<Word, std::shared_ptr<Once>> all;  // by address: a pool takes the place of one that is gone
  std::shared_ptr<Once> once;
  {
    const std::lock_guard lock(mutex);
    const auto [address, generation] = pool.id();
    auto& entry = all[address.bits()];
    if (!entry || entry->generation != generation) entry = std::make_shared<Once>(generation);
    once = entry;
  }
  std::unique_lock lock(once->mutex, std::try_to_lock);
  if (!lock) {
    const Blocked blocked(WaitKind::pool);  // it may wait for what another Process of this rank does
    lock.lock();
  }
  if (once->done) return;
  const auto bytes = with_heap([blob](const auto& heap) {
    const Word head = heap.load(blob);
    std::vector<std::byte> content(blob_bytes(head));
    heap.access().read(blob_data(blob, head), content.data(), content.size());
    return content;
  });
  Decoder decoder(bytes);
  const void* place = Modules::place(decoder.number());
  struct Scope {
    Initializing here;
    explicit Scope(Address pool) : here{pool, initializing} { initializing = &here; }
    ~Scope() { initializing = here.outer; }
  };
  const Scope scope(pool.address());
  reinterpret_cast<void (*)(Decoder&)>(const_cast<void*>(place))(decoder);
  once->done = true;
}

}  // namespace cohort
