// SPDX-License-Identifier: BSL-1.0
// Histories of Set, judged as objects_history.hpp says.
#include <algorithm>
#include <cstdint>
#include <set>

#include "api/objects_history.hpp"

namespace cohort::test {
namespace {

struct SetSubject {
  using Object = Set<std::int64_t>;
  using Model = std::set<std::int64_t>;
  static constexpr int kOperations = 5;
  static void reset(const Object& set) { set.clear(); }
  static std::int64_t perform(const Object& set, const Call& call) {
    switch (call.operation) {
      case 0:
        return set.add(call.key) ? 1 : 0;
      case 1:
        return set.discard(call.key) ? 1 : 0;
      case 2:
        return set.contains(call.key) ? 1 : 0;
      case 3:
        return static_cast<std::int64_t>(set.size());
      default: {
        auto all = set.copy();
        std::sort(all.begin(), all.end());
        return fingerprint(all);
      }
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
        return model.insert(call.key).second ? 1 : 0;
      case 1:
        return static_cast<std::int64_t>(model.erase(call.key));
      case 2:
        return model.contains(call.key) ? 1 : 0;
      case 3:
        return static_cast<std::int64_t>(model.size());
      default:
        return fingerprint(model);
    }
  }
};

TEST(ObjectsLinearizable, Set) { expect_linearizable<SetSubject>(repetitions(2'000)); }

}  // namespace
}  // namespace cohort::test
