#pragma once

#include <concepts>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "net/session_pool_stats.h"

namespace holter::collect {

/// Sessions to peers by the protocol that keeps them ("redis"; of several kinds "jdbc/mysql"); names are literals.
using SessionReports = std::vector<std::pair<std::string_view, net::SessionPoolStats>>;

/// Something that a protocol keeps per shard for all its monitors: a cache of sessions, an engine.
class ShardObject {
 public:
  virtual ~ShardObject() = default;
  /// Memory is short: lets go of what is idle.
  virtual void shrink() {}
  /// Closes what nobody has wanted for long, and adds the sessions that it keeps, by the names under which metrics show
  /// them. Called several times a second.
  virtual void sweep(SessionReports&) {}
};

/// What the protocols of a shard keep, made when it is first asked for: so that a new protocol is one folder. Threads:
/// the shard's, but for sessions(). Lifetime: outlives the probes; objects are destroyed in reverse order, when no task
/// runs any more.
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
  /// Sweeps all, and makes what they report visible to sessions(). May throw std::bad_alloc.
  void sweep() {
    SessionReports reports;
    for (auto& [type, object] : objects_) object->sweep(reports);
    std::scoped_lock lock(mutex_);
    published_ = std::move(reports);
  }
  /// As of the last sweep(). Any thread.
  SessionReports sessions() const {
    std::scoped_lock lock(mutex_);
    return published_;
  }
  void clear() {
    while (!objects_.empty()) objects_.pop_back();
  }

 private:
  template <class T>
  static inline char kTag = 0;  // its address names the type

  std::vector<std::pair<const void*, std::unique_ptr<ShardObject>>> objects_;
  mutable std::mutex mutex_;
  SessionReports published_;  // under mutex_
};

}  // namespace holter::collect
