// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values as bytes, and back: arguments of a Process, elements that are not trivially copyable.
//
// Trivially copyable types go as they are, the standard library's containers member by member, handles
// as the identity of their object, and every other class through its serialize() and Boost's binary
// archive. Both ends run the same program, so the bytes carry no types.

#include <array>
#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/heap/blob.hpp"
#include "cohort/heap/reference.hpp"

namespace cohort {

class Handle;

/// Bytes being written, and the objects that they speak of.
class Encoder {
 public:
  void bytes(const void* from, std::size_t count) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + count);
  }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void handle(const Reference& reference);
  void clear() {
    bytes_.clear();
    handles_.clear();
    held_.clear();
  }
  /// How much has been written, and: what was written since is forgotten.
  struct Mark {
    std::size_t bytes;
    std::size_t handles;
  };
  Mark mark() const { return {bytes_.size(), handles_.size()}; }
  void go_back(Mark mark) {
    bytes_.resize(mark.bytes);
    handles_.resize(mark.handles);
    held_.resize(mark.handles);
  }
  Encoded encoded() const { return {bytes_, handles_}; }
  std::vector<std::byte>& buffer() { return bytes_; }
  /// The next bytes are the object's address and generation. The object is held as long as they are here: the handle
  /// may be a temporary.
  void note(const Reference& object) {
    handles_.push_back({object.id(), bytes_.size()});
    held_.push_back(object);
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<EncodedHandle> handles_;
  std::vector<Reference> held_;
};

/// Bytes being read. Throws DataError where they end too early.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : rest_(bytes) {}
  void bytes(void* to, std::size_t count) {
    if (count != 0) std::memcpy(to, take(count).data(), count);
  }
  std::uint64_t number() {
    std::uint64_t value;
    bytes(&value, sizeof value);
    return value;
  }
  /// A count of things of at least `least` bytes each.
  std::size_t count(std::size_t least) {
    const std::uint64_t value = number();
    if (value > rest_.size() / std::max<std::size_t>(least, 1))
      throw DataError("a value's bytes are damaged");
    return value;
  }
  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) throw DataError("a value's bytes are cut short");
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  /// Of an object of this kind; 0: of any.
  Reference handle(Word kind = 0);
  bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

namespace detail {

template <class T, template <class...> class Template>
inline constexpr bool is_specialization = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_specialization<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t n>
inline constexpr bool is_std_array<std::array<T, n>> = true;
template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t n>
inline constexpr bool is_span<std::span<T, n>> = true;

// What only points at something that another rank does not have.
template <class T>
inline constexpr bool only_points =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
    std::is_reference_v<T> || is_span<T> || is_specialization<T, std::basic_string_view> ||
    is_specialization<T, std::reference_wrapper>;

// The same for what is kept as it is: such a member of an optional or an array is no better.
template <class T>
inline constexpr bool holds_pointer = only_points<T>;
template <class T>
inline constexpr bool holds_pointer<std::optional<T>> = holds_pointer<T>;
template <class T, std::size_t n>
inline constexpr bool holds_pointer<std::array<T, n>> = holds_pointer<T>;
template <class T, std::size_t n>
inline constexpr bool holds_pointer<T[n]> = holds_pointer<T>;
template <class... T>
inline constexpr bool holds_pointer<std::variant<T...>> = (holds_pointer<T> || ...);
template <class... T>
inline constexpr bool holds_pointer<std::tuple<T...>> = (holds_pointer<T> || ...);
template <class T, class U>
inline constexpr bool holds_pointer<std::pair<T, U>> = holds_pointer<T> || holds_pointer<U>;

// A member named serialize, private or not: the name is then ambiguous in a class derived from both.
struct NamesSerialize {
  void serialize() {}
};
template <class T>
struct AlsoNamesSerialize : T, NamesSerialize {};
template <class T>
concept NoSerializeName = requires { &AlsoNamesSerialize<T>::serialize; };
template <class T>
constexpr bool member_serialize() {
  if constexpr (std::is_class_v<T> && !std::is_final_v<T>) {
    return !NoSerializeName<T>;
  } else if constexpr (std::is_class_v<T>) {
    return requires(T& value, boost::archive::binary_oarchive& archive) { value.serialize(archive, 0U); };
  } else {
    return false;
  }
}
template <class T>
concept FreeSerialize =
    requires(T& value, boost::archive::binary_oarchive& archive) { serialize(archive, value, 0U); };

// A class of Cohort's own that knows how it travels.
template <class T>
concept SelfEncoding = requires(const T& value, Encoder& encoder, Decoder& decoder) {
  value.encode_to(encoder);
  { T::decode_from(decoder) } -> std::same_as<T>;
};

template <class T>
concept Container = requires(T& c, const T& k) {
  typename T::value_type;
  k.size();
  k.begin();
  k.end();
  c.clear();
  c.insert(c.end(), std::declval<typename T::value_type>());
};

}  // namespace detail

/// A class with a serialize() that Boost.Serialization finds: a member, or a function in its own
/// namespace. Specialize to true for one whose serialize() stands in namespace boost::serialization.
template <class T>
inline constexpr bool is_serializable = detail::member_serialize<T>() || detail::FreeSerialize<T>;

/// Elements that lie in a container as they are.
template <class T>
inline constexpr bool is_inline =
    std::is_trivially_copyable_v<T> && !detail::holds_pointer<T> && !detail::SelfEncoding<T>;

namespace detail {

template <class T>
constexpr bool travels();

template <class... Members>
constexpr bool all_travel(std::type_identity<std::tuple<Members...>>) {
  return (travels<std::remove_const_t<Members>>() && ...);
}
template <class... Members>
constexpr bool all_travel(std::type_identity<std::pair<Members...>>) {
  return (travels<std::remove_const_t<Members>>() && ...);
}
template <class... Members>
constexpr bool all_travel(std::type_identity<std::variant<Members...>>) {
  return (travels<Members>() && ...);
}

template <class T>
constexpr bool travels() {
  if constexpr (holds_pointer<T>) {
    return false;
  } else if constexpr (is_inline<T> || SelfEncoding<T> || std::is_base_of_v<Handle, T> ||
                       is_specialization<T, std::basic_string>) {
    return true;
  } else if constexpr (is_specialization<T, std::pair> || is_specialization<T, std::tuple> ||
                       is_specialization<T, std::variant>) {
    return all_travel(std::type_identity<T>{});
  } else if constexpr (is_specialization<T, std::optional> || is_std_array<T>) {
    return travels<typename T::value_type>();
  } else if constexpr (is_serializable<T>) {
    return true;
  } else if constexpr (Container<T>) {
    return travels<std::remove_const_t<typename T::value_type>>();
  } else {
    return false;
  }
}

}  // namespace detail

/// What can be an argument of a Process or an element of a shared container.
template <class T>
concept Travels = detail::travels<T>();

/// Stops the compilation with one sentence where T cannot travel.
template <class T>
constexpr void require_travels() {
  static_assert(!detail::holds_pointer<T>,
                "cohort: a pointer, reference, string_view or span cannot travel to another rank; pass the "
                "value itself "
                "(std::string, std::vector), or a handle such as cohort::List");
  static_assert(
      detail::holds_pointer<T> || Travels<T>,
      "cohort: this type cannot travel to another rank; make it trivially copyable, or give it a serialize() "
      "member as Boost.Serialization wants it");
}

namespace detail {

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

}  // namespace detail

template <class T>
void encode(Encoder& encoder, const T& value) {
  if constexpr (is_inline<T>) {
    encoder.bytes(&value, sizeof value);
  } else if constexpr (detail::SelfEncoding<T>) {
    value.encode_to(encoder);
  } else if constexpr (std::is_base_of_v<Handle, T>) {
    encoder.handle(value.reference());
  } else if constexpr (detail::is_specialization<T, std::basic_string>) {
    encoder.number(value.size());
    encoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
  } else if constexpr (detail::is_specialization<T, std::pair> || detail::is_specialization<T, std::tuple>) {
    std::apply([&encoder](const auto&... members) { (encode(encoder, members), ...); }, value);
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    encode(encoder, value.has_value());
    if (value) encode(encoder, *value);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    encoder.number(value.index());
    std::visit([&encoder](const auto& alternative) { encode(encoder, alternative); }, value);
  } else if constexpr (detail::is_std_array<T>) {
    for (const auto& element : value) encode(encoder, element);
  } else if constexpr (is_serializable<T>) {
    detail::encode_archive(encoder, value);
  } else {
    encoder.number(value.size());
    if constexpr (requires { value.data(); } && is_inline<typename T::value_type>) {
      encoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
    } else {
      for (const typename T::value_type& element : value) encode(encoder, element);
    }
  }
}

template <class T>
T decode(Decoder& decoder);

namespace detail {

template <std::size_t... index, class... Alternatives>
std::variant<Alternatives...> decode_variant(Decoder& decoder, std::index_sequence<index...>,
                                             std::type_identity<std::variant<Alternatives...>>) {
  const std::uint64_t which = decoder.number();
  std::optional<std::variant<Alternatives...>> value;
  ((which == index ? void(value.emplace(std::in_place_index<index>, decode<Alternatives>(decoder))) : void()),
   ...);
  if (!value) throw DataError("a value's bytes are damaged");
  return std::move(*value);
}

template <class T>
T decode_container(Decoder& decoder) {
  using Element = typename T::value_type;
  T value;
  if constexpr (requires { value.data(); } && is_inline<Element> &&
                std::is_default_constructible_v<Element>) {
    value.resize(decoder.count(sizeof(Element)));
    decoder.bytes(value.data(), value.size() * sizeof(Element));
  } else {
    for (std::size_t left = decoder.count(1); left != 0; --left) {
      if constexpr (is_specialization<Element, std::pair>) {
        using Pair =
            std::pair<std::remove_const_t<typename Element::first_type>, typename Element::second_type>;
        value.insert(value.end(), decode<Pair>(decoder));
      } else {
        value.insert(value.end(), decode<Element>(decoder));
      }
    }
  }
  return value;
}

}  // namespace detail

template <class T>
T decode(Decoder& decoder) {
  if constexpr (is_inline<T>) {
    std::array<std::byte, sizeof(T)> raw;
    decoder.bytes(raw.data(), raw.size());
    if constexpr (std::is_same_v<T, bool>) {
      if (raw[0] > std::byte{1}) throw DataError("a value's bytes are damaged");
    }
    return std::bit_cast<T>(raw);
  } else if constexpr (detail::SelfEncoding<T>) {
    return T::decode_from(decoder);
  } else if constexpr (std::is_base_of_v<Handle, T>) {
    if constexpr (requires { T::kKind; }) {
      return T(decoder.handle(T::kKind));
    } else {
      return T(decoder.handle());
    }
  } else if constexpr (detail::is_specialization<T, std::basic_string>) {
    T value(decoder.count(sizeof(typename T::value_type)), typename T::value_type());
    decoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
    return value;
  } else if constexpr (detail::is_specialization<T, std::pair>) {
    auto first = decode<std::remove_const_t<typename T::first_type>>(decoder);
    auto second = decode<std::remove_const_t<typename T::second_type>>(decoder);
    return T(std::move(first), std::move(second));
  } else if constexpr (detail::is_specialization<T, std::tuple>) {
    return [&decoder]<class... M>(std::type_identity<std::tuple<M...>>) {
      return std::tuple<M...>{decode<std::remove_const_t<M>>(decoder)...};  // braces: in order
    }(std::type_identity<T>{});
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    if (!decode<bool>(decoder)) return std::nullopt;
    return decode<typename T::value_type>(decoder);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    return detail::decode_variant(decoder, std::make_index_sequence<std::variant_size_v<T>>{},
                                  std::type_identity<T>{});
  } else if constexpr (detail::is_std_array<T>) {
    return [&decoder]<std::size_t... i>(std::index_sequence<i...>) {
      return T{(static_cast<void>(i), decode<typename T::value_type>(decoder))...};
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (is_serializable<T>) {
    return detail::decode_checked<T>(decoder);
  } else {
    return detail::decode_container<T>(decoder);
  }
}

}  // namespace cohort
