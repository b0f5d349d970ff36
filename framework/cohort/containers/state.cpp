// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "cohort/containers/keepers.hpp"
#include "cohort/handle.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/type_name.hpp"

namespace cohort {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& path, int error) {
  throw Error("cannot " + what + " '" + path + "': " + std::strerror(error));
}

// call() until no signal interrupts it.
template <class Call>
auto again(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

class File {
 public:
  File(const std::string& path, int flags)
      : path_(path), descriptor_(again([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })) {
    if (descriptor_ < 0) refuse((flags & O_CREAT) != 0 ? "create" : "read", path, errno);
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const auto written = again([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
      if (written < 0) refuse("write", path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  void sync() const {
    if (again([&] { return ::fsync(descriptor_); }) != 0 && errno != EINVAL) refuse("write", path_, errno);
  }
  std::vector<std::byte> read() const {
    std::vector<std::byte> bytes;
    for (std::size_t done = 0;;) {
      bytes.resize(done + (std::size_t{1} << 16));
      const auto count = again([&] { return ::read(descriptor_, bytes.data() + done, bytes.size() - done); });
      if (count < 0) refuse("read", path_, errno);
      done += static_cast<std::size_t>(count);
      bytes.resize(done);
      if (count == 0) return bytes;
    }
  }

 private:
  std::string path_;
  int descriptor_;
};

// Whoever looks at `path` sees the old file or the new one, whole, whatever happens meanwhile.
void replace_file(const std::string& path, std::span<const std::byte> bytes) {
  const std::string temporary = path + ".tmp." + std::to_string(::getpid());
  try {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(bytes);
    file.sync();
    if (::rename(temporary.c_str(), path.c_str()) != 0) refuse("replace", path, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const auto slash = path.rfind('/');
  File(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY).sync();
}

// The objects that have been found, held while they are being read.
class Found {
 public:
  // `root`: the number of the name that led to it.
  Word number_of(ObjectId id, std::size_t root) {
    const auto [at, is_new] = numbers_.insert({id.address, references_.size()});
    if (is_new) {
      roots_.push_back(root);
      references_.push_back(Reference::adopt(id));
      if (!references_.back()) throw UsageError("an object went while it was being saved");
    }
    return at->second;
  }
  std::size_t size() const { return references_.size(); }
  Address object(std::size_t number) const { return references_[number].address(); }
  std::size_t root(std::size_t number) const { return roots_[number]; }

 private:
  std::map<Address, Word> numbers_;
  std::vector<Reference> references_;
  std::vector<std::size_t> roots_;
};

template <class A>
StoredState collect(const Heap<A>& heap, const std::vector<std::string>& wanted) {
  std::vector<std::pair<std::string, ObjectId>> all;
  Directory<A>(heap).each([&all](ObjectId id, const std::string& name) { all.emplace_back(name, id); });
  for (const auto& name : wanted) {
    if (std::ranges::find(all, name, &std::pair<std::string, ObjectId>::first) == all.end())
      throw UsageError("no object is named '" + name + "'; save() takes names that open() was given");
  }
  std::ranges::sort(all, {}, &std::pair<std::string, ObjectId>::first);
  StoredState state;
  Found found;
  for (const auto& [name, id] : all) {
    if (wanted.empty() || std::ranges::find(wanted, name) != wanted.end())
      state.names.emplace_back(name, found.number_of(id, state.names.size()));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {  // grows meanwhile
    const Address object = found.object(i);
    StoredObject stored;
    stored.kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
    stored.type = type_name_of(heap, object);
    const std::size_t root = found.root(i);
    try {
      keeper_of<A>(stored.kind).save(heap, object, stored, [&](ObjectId id) {
        return found.number_of(id, root);
      });
    } catch (const UsageError& error) {
      throw UsageError("'" + state.names[root].first + "' cannot be saved: a " +
                       demangled(stored.type.c_str()) + ": " + error.what());
    }
    state.objects.push_back(std::move(stored));
  }
  return state;
}

// New objects of which this function's caller holds one count each.
template <class A>
class Loaded {
 public:
  explicit Loaded(const Heap<A>& heap) : heap_(heap) {}
  ~Loaded() {
    for (const ObjectId id : ids) lower_object(heap_, id.address);
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  void make(const StoredObject& stored, Word creator) {
    ids.reserve(ids.size() + 1);
    Operation<A> operation(heap_);
    const ObjectId id = make_object(operation, heap_, stored.kind, 0, creator);
    const Address name = make_blob(operation, heap_, {std::as_bytes(std::span(stored.type))});
    heap_.store(object_field(id.address, COHORT_FIELD(ObjectHeader, type_name)), name.bits());
    operation.keep();
    ids.push_back(id);
  }
  std::vector<ObjectId> ids;

 private:
  Heap<A> heap_;
};

template <class A>
void create(const Heap<A>& heap, const StoredState& state, Word creator) {
  Loaded<A> loaded(heap);
  for (const auto& object : state.objects) loaded.make(object, creator);
  for (std::size_t i = 0; i < state.objects.size(); ++i) {
    const auto keeper = keeper_of<A>(state.objects[i].kind);
    keeper.load(heap, loaded.ids[i].address, state.objects[i], loaded.ids);
  }
  std::vector<std::pair<std::string, ObjectId>> names;
  for (const auto& [name, number] : state.names) names.emplace_back(name, loaded.ids[number]);
  Directory<A>(heap).enter_all(names);
}

}  // namespace

void save_state(const std::string& path, const std::vector<std::string>& names) {
  replace_file(path, encode_state(with_heap([&](const auto& heap) { return collect(heap, names); })));
}

std::vector<std::string> load_state(const std::string& path, std::uint64_t creator) {
  const StoredState state = decode_state(File(path, O_RDONLY).read(), path);
  with_heap([&](const auto& heap) { create(heap, state, creator); });
  std::vector<std::string> names;
  for (const auto& [name, number] : state.names) names.push_back(name);
  return names;
}

}  // namespace cohort
