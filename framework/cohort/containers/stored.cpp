// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/stored.hpp"

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <cstring>
#include <set>

#include "cohort/codec.hpp"
#include "cohort/containers/sequence.hpp"
#include "cohort/containers/table.hpp"
#include "cohort/heap/object.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/turns.hpp"

namespace cohort {
namespace {

constexpr std::array<char, 8> kFileMagic = {'c', 'o', 'h', 'o', 'r', 't', '\n', '\x1a'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kByteOrder = 0x01020304;

struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t byte_order;
  std::uint64_t length;    // of what follows the header
  std::uint32_t checksum;  // CRC-32 of that
  std::uint32_t reserved;
};
static_assert(sizeof(FileHeader) == 32);

std::uint32_t checksum(std::span<const std::byte> bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void write_bytes(Encoder& to, std::span<const std::byte> bytes) {
  to.number(bytes.size());
  to.bytes(bytes.data(), bytes.size());
}
std::span<const std::byte> read_bytes(Decoder& from) { return from.take(from.count(1)); }
void write_text(Encoder& to, const std::string& text) { write_bytes(to, std::as_bytes(std::span(text))); }
std::string read_text(Decoder& from) {
  const auto bytes = read_bytes(from);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
void write_words(Encoder& to, const std::vector<Word>& words) {
  to.number(words.size());
  for (const Word word : words) to.number(word);
}
std::vector<Word> read_words(Decoder& from) {
  std::vector<Word> words(from.count(sizeof(Word)));
  for (Word& word : words) word = from.number();
  return words;
}

void write_blob(Encoder& to, const StoredBlob& blob) {
  write_bytes(to, blob.bytes);
  to.number(blob.links.size());
  for (const auto& link : blob.links) {
    to.number(link.at);
    to.number(link.object);
  }
}
StoredBlob read_blob(Decoder& from) {
  const auto bytes = read_bytes(from);
  StoredBlob blob{{bytes.begin(), bytes.end()}, {}};
  blob.links.resize(from.count(2 * sizeof(Word)));
  for (auto& link : blob.links) {
    const Word at = from.number();
    // The address and the generation lie there.
    if (blob.bytes.size() < 12 || at > blob.bytes.size() - 12) throw DataError("a link outside of its value");
    link.at = static_cast<std::uint32_t>(at);
    link.object = from.number();
  }
  return blob;
}

void write_object(Encoder& to, const StoredObject& object) {
  to.number(object.kind);
  write_text(to, object.type);
  write_words(to, object.words);
  write_bytes(to, object.raw);
  to.number(object.blobs.size());
  for (const auto& blob : object.blobs) write_blob(to, blob);
  write_words(to, object.objects);
}
StoredObject read_object(Decoder& from) {
  StoredObject object;
  object.kind = from.number();
  object.type = read_text(from);
  object.words = read_words(from);
  const auto raw = read_bytes(from);
  object.raw.assign(raw.begin(), raw.end());
  object.blobs.resize(from.count(2 * sizeof(Word)));
  for (auto& blob : object.blobs) blob = read_blob(from);
  object.objects = read_words(from);
  return object;
}

void require(bool condition, const char* what) {
  if (!condition) throw DataError(what);
}

// Whatever a number in the state speaks of is there.
void check_links(const StoredState& state) {
  const auto is_object = [&](Word number) { return number < state.objects.size(); };
  std::set<std::string> names;
  for (const auto& [name, object] : state.names) {
    require(is_object(object), "a name of no object");
    require(names.insert(name).second, "two objects of one name");
  }
  for (const auto& object : state.objects) {
    require(object.type.find('\0') == std::string::npos, "a type's name that is none");
    for (const Word number : object.objects) {
      require(is_object(number), "a link to no object");
      require(kind_of(object.kind) != ObjectKind::condition ||
                  kind_of(state.objects[number].kind) == ObjectKind::lock,
              "a condition of something that is no lock");
    }
    for (const auto& blob : object.blobs) {
      require(blob.links.size() <= 0xffff, "too many links in a value");
      for (const auto& link : blob.links) require(is_object(link.object), "a link to no object");
    }
  }
}

// Each key once, values of whole words.
void check_table(const StoredObject& object, bool is_blobs) {
  const Word count = object.words[0];
  const Word bytes = element_bytes_of(object.kind);
  require((flags_of(object.kind) & ~(kBlobFlag | kByteKeyFlag)) == 0 && bytes % sizeof(Word) == 0 &&
              object.blobs.size() / (is_blobs ? 2 : 1) == count &&
              object.blobs.size() % (is_blobs ? 2 : 1) == 0 &&
              (is_blobs ? bytes == 0 : object.raw.size() == count * bytes),
          "a dict that cannot be");
  std::set<std::span<const std::byte>, decltype([](auto a, auto b) {
             return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
           })>
      keys;
  for (Word i = 0; i < count; ++i) {
    const StoredBlob& key = object.blobs[is_blobs ? 2 * i : i];
    require(key.links.empty() && keys.insert(key.bytes).second &&
                ((flags_of(object.kind) & kByteKeyFlag) != 0 || key.bytes.size() == sizeof(Word)),
            "a dict's keys that cannot be");
  }
}

// The object's parts are those of its kind, in numbers that fit each other.
void check_kind(const StoredObject& object) {
  const Word bytes = element_bytes_of(object.kind);
  const bool is_blobs = (flags_of(object.kind) & kBlobFlag) != 0;
  const auto parts = [&object](std::size_t words, bool raw, bool blobs, std::size_t objects) {
    require(object.words.size() == words && (raw || object.raw.empty()) && (blobs || object.blobs.empty()) &&
                object.objects.size() == objects,
            "an object's parts are not those of its kind");
  };
  const auto elements = [&](Word count) {
    require(bytes > 0 && (is_blobs ? bytes == sizeof(Word) && object.blobs.size() == count
                                   : object.raw.size() / bytes == count && object.raw.size() % bytes == 0),
            "an object has another number of elements than it says");
  };
  switch (kind_of(object.kind)) {
    case ObjectKind::list:
    case ObjectKind::box:
      parts(1, !is_blobs, is_blobs, 0);
      elements(object.words[0]);
      require(kind_of(object.kind) == ObjectKind::list || object.words[0] == 1, "a value that is not one");
      break;
    case ObjectKind::value:
      parts(1, false, false, 0);
      break;
    case ObjectKind::array:
      parts(1, !is_blobs, false, 0);
      elements(object.words[0]);
      break;
    case ObjectKind::dict:
      parts(1, !is_blobs, true, 0);
      check_table(object, is_blobs);
      break;
    case ObjectKind::queue:
      parts(3, !is_blobs, is_blobs, 0);
      elements(object.words[0]);
      require(object.words[0] <= object.words[1] && object.words[1] != 0 && object.words[2] <= 1,
              "a queue that cannot be");
      break;
    case ObjectKind::lock:
      parts(0, false, false, 0);
      break;
    case ObjectKind::semaphore:
      parts(2, false, false, 0);
      require(object.words[0] <= object.words[1] && object.words[1] <= turn::kMostUnits,
              "a semaphore that cannot be");
      break;
    case ObjectKind::event:
      parts(1, false, false, 0);
      require(object.words[0] <= 1, "an event that cannot be");
      break;
    case ObjectKind::condition:
      parts(0, false, false, 1);
      break;
    case ObjectKind::barrier:
      parts(2, false, false, 0);
      require(object.words[0] >= 1 && object.words[0] <= kMostParties && object.words[1] <= 1,
              "a barrier that cannot be");
      break;
    default:
      throw DataError("an object of an unknown kind");
  }
}

}  // namespace

std::vector<std::byte> encode_state(const StoredState& state) {
  Encoder encoder;
  FileHeader header = {kFileMagic, kVersion, kByteOrder, 0, 0, 0};
  encoder.bytes(&header, sizeof header);
  encoder.number(state.names.size());
  for (const auto& [name, object] : state.names) {
    write_text(encoder, name);
    encoder.number(object);
  }
  encoder.number(state.objects.size());
  for (const auto& object : state.objects) write_object(encoder, object);
  std::vector<std::byte> bytes = std::move(encoder.buffer());
  const auto content = std::span(bytes).subspan(sizeof header);
  header.length = content.size();
  header.checksum = checksum(content);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

StoredState decode_state(std::span<const std::byte> bytes, const std::string& path) {
  const auto refuse = [&path](const std::string& why) { throw DataError("'" + path + "' " + why); };
  FileHeader header = {};
  std::memcpy(&header, bytes.data(), std::min(bytes.size(), sizeof header));
  if (bytes.size() < sizeof header.magic || header.magic != kFileMagic)
    refuse("was not written by Manager::save()");
  if (bytes.size() < sizeof header)
    refuse("is cut short within its first " + std::to_string(sizeof header) + " bytes");
  if (header.byte_order != kByteOrder) refuse("comes from a machine with another order of bytes");
  if (header.version > kVersion) {
    refuse("is in format " + std::to_string(header.version) + " of a newer Cohort; this one reads format " +
           std::to_string(kVersion));
  }
  const auto content = bytes.subspan(sizeof header);
  if (content.size() < header.length) {
    refuse("is cut short: " + std::to_string(bytes.size()) + " of " +
           std::to_string(sizeof header + header.length) + " bytes are there");
  }
  if (content.size() > header.length)
    refuse("has " + std::to_string(content.size() - header.length) + " bytes too many");
  if (checksum(content) != header.checksum) refuse("is damaged: its checksum is wrong");
  StoredState state;
  try {
    require(header.version == kVersion && header.reserved == 0, "its header");
    Decoder decoder(content);
    state.names.resize(decoder.count(2 * sizeof(Word)));
    for (auto& [name, object] : state.names) {
      name = read_text(decoder);
      object = decoder.number();
    }
    state.objects.resize(decoder.count(6 * sizeof(Word)));
    for (auto& object : state.objects) object = read_object(decoder);
    require(decoder.empty(), "something behind its end");
    check_links(state);
    for (const auto& object : state.objects) check_kind(object);
  } catch (const DataError& error) {
    refuse(std::string("is damaged: ") + error.what());
  }
  return state;
}

}  // namespace cohort
