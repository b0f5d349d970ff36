// SPDX-License-Identifier: BSL-1.0
// Changes by chance to a saved file: of its bytes, or of the state that they hold.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <boost/crc.hpp>

#include "cohort/containers/stored.hpp"

namespace cohort::test {

using Random = std::mt19937_64;

inline constexpr std::size_t kHeadBytes = 32;
inline constexpr std::size_t kLengthAt = 16;
inline constexpr std::size_t kChecksumAt = 24;

// Bytes behind the header that are others, more or fewer.
inline void change_bytes(std::string& bytes, Random& random) {
  for (auto changes = std::max<std::uint64_t>(1, random() % 4); changes != 0; --changes) {
    const auto at = kHeadBytes + random() % (bytes.size() - kHeadBytes);
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
        break;
      case 2:
        bytes.erase(at, 1 + random() % 16);
        break;
      case 3:
        bytes.insert(at, random() % 16, static_cast<char>(random() % 3 - 1));
        break;
    }
    if (bytes.size() < kHeadBytes + 8) bytes.resize(kHeadBytes + 8);
  }
}
// Length and checksum that fit what is there.
inline void make_fit(std::string& bytes) {
  const std::uint64_t length = bytes.size() - kHeadBytes;
  std::memcpy(bytes.data() + kLengthAt, &length, sizeof length);
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + kHeadBytes, length);
  const std::uint32_t sum = crc.checksum();
  std::memcpy(bytes.data() + kChecksumAt, &sum, sizeof sum);
}

// A number at a bound, or near what it was.
inline Word another_number(Word was, Random& random) {
  constexpr std::array<Word, 8> kBounds = {
      0, 1, 2, 0x7fff'ffff, 0xffff'ffff, Word{1} << 47, Word{1} << 63, ~Word{0}};
  switch (random() % 4) {
    case 0:
      return kBounds[random() % kBounds.size()];
    case 1:
      return was ^ (Word{1} << (random() % 64));
    case 2:
      return was + 1;
    default:
      return was - 1;
  }
}
template <class T>
void change_one(std::vector<T>& all, Random& random, const auto& change) {
  if (!all.empty() && random() % 3 != 0) {
    change(all[random() % all.size()]);
  } else if (!all.empty() && random() % 2 != 0) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(random() % all.size()));
  } else if (all.empty()) {
    all.emplace_back();
  } else {
    all.push_back(all[random() % all.size()]);
  }
}
inline void change_raw(std::vector<std::byte>& bytes, Random& random) {
  change_one(bytes, random, [&](std::byte& byte) { byte = static_cast<std::byte>(random()); });
}
inline void change_blob(StoredBlob& blob, Word objects, Random& random) {
  if (random() % 2 == 0) return change_raw(blob.bytes, random);
  change_one(blob.links, random, [&](StoredBlob::Link& link) {
    if (random() % 2 == 0) {
      link.at = static_cast<std::uint32_t>(another_number(link.at, random));
    } else {
      link.object = random() % (objects + 1);
    }
  });
}
// One part of the state is another; the rest fits as it did.
inline void change_state(StoredState& state, Random& random) {
  const Word objects = state.objects.size();
  auto& object = state.objects[random() % objects];
  const auto& other = state.objects[random() % objects];
  switch (random() % 8) {
    case 0:
      state.names[random() % state.names.size()].second = random() % (objects + 1);
      break;
    case 1:
      object.kind = random() % 2 == 0 ? other.kind : another_number(object.kind, random);
      break;
    case 2:
      object.type = other.type;
      break;
    case 3:
      object.kind = other.kind;
      object.type = other.type;
      break;
    case 4:
      change_one(object.words, random, [&](Word& word) { word = another_number(word, random); });
      break;
    case 5:
      change_raw(object.raw, random);
      break;
    case 6:
      change_one(object.blobs, random, [&](StoredBlob& blob) { change_blob(blob, objects, random); });
      break;
    case 7:
      change_one(object.objects, random, [&](Word& number) { number = random() % (objects + 1); });
      break;
  }
}

inline std::string changed_state(const std::string& good, Random& random) {
  auto state = decode_state(std::as_bytes(std::span(good)), "good");
  do change_state(state, random);
  while (random() % 4 == 0);
  const auto bytes = encode_state(state);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace cohort::test
