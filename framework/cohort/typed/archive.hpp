// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values of classes with a serialize(), by Boost's binary archives.

#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <utility>

#include "cohort/heap/decoder.hpp"
#include "cohort/heap/encoder.hpp"

namespace cohort::detail {

// Boost's archives write to a stream buffer: one that appends to an Encoder, one that reads a span.
class EncoderBuffer : public std::streambuf {
 public:
  explicit EncoderBuffer(Encoder& encoder) : encoder_(encoder) {}

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    encoder_.bytes(text, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type c) override {
    const char byte = static_cast<char>(c);
    encoder_.bytes(&byte, 1);
    return c;
  }

 private:
  Encoder& encoder_;
};
class SpanBuffer : public std::streambuf {
 public:
  explicit SpanBuffer(std::span<const std::byte> bytes) {
    auto* first = reinterpret_cast<char*>(const_cast<std::byte*>(bytes.data()));  // only read
    setg(first, first, first + bytes.size());
  }
};

/// The Encoder that an archive on this thread writes to, for handles inside of user classes.
inline thread_local Encoder* archiving = nullptr;

template <class T>
void encode_archive(Encoder& encoder, const T& value) {
  const std::size_t length_at = encoder.buffer().size();
  encoder.number(0);
  Encoder* const outer = std::exchange(archiving, &encoder);
  struct Restore {
    Encoder* outer;
    ~Restore() { archiving = outer; }
  } const restore{outer};
  {
    EncoderBuffer buffer(encoder);
    boost::archive::binary_oarchive archive(buffer, boost::archive::no_header | boost::archive::no_codecvt);
    archive << value;
  }
  const std::uint64_t length = encoder.buffer().size() - length_at - sizeof length;
  std::memcpy(encoder.buffer().data() + length_at, &length, sizeof length);
}

template <class T>
T decode_archive(Decoder& decoder) {
  SpanBuffer buffer(decoder.take(decoder.count(1)));
  boost::archive::binary_iarchive archive(buffer, boost::archive::no_header | boost::archive::no_codecvt);
  T value;
  archive >> value;
  return value;
}

/// The same where the bytes may be damaged: whatever Boost makes of them is a DataError.
template <class T>
T decode_checked(Decoder& decoder) {
  try {
    return decode_archive<T>(decoder);
  } catch (const boost::archive::archive_exception& error) {
    throw DataError(std::string("a value's bytes are damaged: ") + error.what());
  } catch (const std::length_error&) {
    throw DataError("a value's bytes are damaged: a length that cannot be");
  } catch (const std::bad_alloc&) {
    throw DataError("a value's bytes are damaged, or there is no memory for it");
  }
}

}  // namespace cohort::detail
