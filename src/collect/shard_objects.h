#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

namespace holter::collect {

/// Something that a protocol keeps per shard for all its monitors: a cache of sessions, an engine.
class ShardObject {
 public:
  virtual ~ShardObject() = default;
  /// Memory is short: lets go of what is idle.
  virtual void shrink() {}
};

/// What the protocols of a shard keep, made when it is first asked for: so that a new protocol is one folder. Threads:
/// the shard's. Lifetime: outlives the probes; objects are destroyed in reverse order, when no task runs any more.
class ShardObjects {
 public:
  ShardObjects() = default;
  ShardObjects(const ShardObjects&) = delete;
  ShardObjects& operator=(const ShardObjects&) = delete;
  ~ShardObjects() { clear(); }

  /// The one object of type T; `make` returns a unique_ptr to it and is called once. May throw std::bad_alloc.
  template <std::derived_from<ShardObject> T, class Make>
  T& get(Make make) {
    for (auto& [type, object] : objects_)
      if (type == &kTag<T>) return static_cast<T&>(*object);
    objects_.emplace_back(&kTag<T>, make());
    return static_cast<T&>(*objects_.back().second);
  }

  void shrink() {
    for (auto& [type, object] : objects_) object->shrink();
  }
  void clear() {
    while (!objects_.empty()) objects_.pop_back();
  }

 private:
  template <class T>
  static inline char kTag = 0;  // its address names the type

  std::vector<std::pair<const void*, std::unique_ptr<ShardObject>>> objects_;
};

}  // namespace holter::collect
