// SPDX-License-Identifier: BSL-1.0
#pragma once

// What is put into a dict at once.

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cohort/containers/dict_key.hpp"
#include "cohort/containers/dict_value.hpp"

namespace cohort {

/// Many items, each key once, made ready for Dict::update().
template <class K, class V>
struct DictBatch {
  explicit DictBatch(std::span<const std::pair<K, V>> items) {
    std::unordered_map<std::string, std::size_t> known;
    known.reserve(items.size());
    for (const auto& item : items) {
      const auto [at, is_new] = known.try_emplace(key_string(item.first), keys.size());
      if (is_new) {
        keys.push_back(std::make_unique<TableKey<K>>(item.first));
        values.emplace_back(item.second);
      } else {
        values[at->second] = ReadyValue<V>(item.second);
      }
    }
  }
  std::vector<std::unique_ptr<TableKey<K>>> keys;
  std::vector<ReadyValue<V>> values;
};

}  // namespace cohort
