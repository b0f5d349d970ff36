// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/job_results.hpp"

#include "cohort/error.hpp"

namespace cohort {

JobResults::JobResults(Address job) {
  with_heap([&]<class A>(const Heap<A>& heap) {
    const JobState state = JobCore<A>(heap, job).state();
    heap.access().read(Address(heap.load(own_field(job, 2))), &body_, sizeof body_);
    if (state == JobState::cancelled)
      throw Cancelled("the task was dropped before it began, by cancel() or by the pool's terminate()");
    if (state != JobState::failed) return;
    const Address error(body_.error);
    if (!error) {
      const bool one_call = (body_.flags & kSingleJob) != 0;
      throw RemoteError("unknown",
                        "the shared heap was full, and the reason could not be kept (the rank has written it "
                        "to its log); raise COHORT_HEAP",
                        "unknown", static_cast<int>(body_.error_rank),
                        one_call ? std::nullopt : std::optional<std::size_t>(body_.first_error - 1));
    }
    const Word head = heap.load(error);
    std::vector<std::byte> bytes(blob_bytes(head));
    heap.access().read(blob_data(error, head), bytes.data(), bytes.size());
    Decoder decoder(bytes);
    throw_remote(decode<TaskError>(decoder));
  });
}

void JobResults::read(Word first, Word count, void* to) const {
  with_heap([&](const auto& heap) {
    heap.access().read(Address(body_.results) + first * body_.stride, to, count * body_.stride);
  });
}

const std::byte* JobResults::local() const {
  return with_heap([&](const auto& heap) -> const std::byte* {
    if constexpr (requires { heap.access().pointer(Address()); }) {
      return heap.access().pointer(Address(body_.results));
    } else {
      return nullptr;
    }
  });
}

std::vector<std::byte> JobResults::blob(Word task) const {
  return with_heap([&](const auto& heap) {
    const Address blob(heap.load(Address(body_.results) + task * sizeof(Word)));
    const Word head = heap.load(blob);
    std::vector<std::byte> bytes(blob_bytes(head));
    heap.access().read(blob_data(blob, head), bytes.data(), bytes.size());
    return bytes;
  });
}

void throw_remote(TaskError error) {
  auto& [index, type, message, process, rank] = error;
  if (type.empty()) throw ProcessDied(std::move(process), std::stoi(message), rank, index);
  throw RemoteError(std::move(type), std::move(message), std::move(process), rank, index);
}

}  // namespace cohort
