// SPDX-License-Identifier: BSL-1.0
#pragma once

// Shared objects as a file has them: without an Address, objects by their number in the file.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cohort/heap/layout.hpp"

namespace cohort {

/// A value's bytes. At each link's byte they speak of an object.
struct StoredBlob {
  struct Link {
    std::uint32_t at;
    Word object;
  };
  std::vector<std::byte> bytes;
  std::vector<Link> links;
};

/// What every kind of object consists of; what each part means is the kind's affair (see keepers.hpp).
struct StoredObject {
  Word kind = 0;               // as in the object's header
  std::string type;            // the name of its C++ type, as typeid gives it
  std::vector<Word> words;     // numbers
  std::vector<std::byte> raw;  // elements that are kept in place
  std::vector<StoredBlob> blobs;
  std::vector<Word> objects;  // others that it refers to by itself
};

struct StoredState {
  std::vector<std::pair<std::string, Word>> names;  // with the object's number
  std::vector<StoredObject> objects;
};

/// The file's bytes: a header with version, length and checksum, then the state.
std::vector<std::byte> encode_state(const StoredState& state);

/// Throws DataError, which names `path`, where the bytes are not a whole state that this version reads.
StoredState decode_state(std::span<const std::byte> bytes, const std::string& path);

}  // namespace cohort
