#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace holter::collect {

/// A frozen value that several probes may hold.
template <class T>
struct Shared {
  std::shared_ptr<const T> value;
  bool own = true;  ///< its bytes count as this holder's

  const T& operator*() const { return *value; }
  const T* operator->() const { return value.get(); }
};

/// Makes one of values that are equal: the host, port and login of all sets of a monitor, the aliases and the statement
/// that a set has in all monitors. A database with ten sets would else hold each ten times. It lets the oldest value go
/// when there are kMost of a type; who holds it keeps it. Threads: one; the values may be used on any.
class SharedParts {
 public:
  static constexpr std::size_t kMost = 16;

  /// kFirst: the first holder of a value counts its bytes. kNobody: it is the definition's; holders count it only when
  /// it differs too much to be kept here.
  enum class Counts : bool { kFirst, kNobody };
  explicit SharedParts(Counts counts) : counts_(counts) {}

  template <std::equality_comparable T>
  Shared<T> keep(T value) {
    std::size_t alike = 0;
    for (auto& [type, part] : parts_) {
      if (type != &kTag<T>) continue;
      ++alike;
      auto found = std::static_pointer_cast<const T>(part);
      if (*found == value) return {std::move(found), false};
    }
    auto fresh = std::make_shared<const T>(std::move(value));
    if (alike >= kMost) {
      if (counts_ == Counts::kNobody) return {std::move(fresh), true};
      parts_.erase(std::ranges::find(parts_, static_cast<const void*>(&kTag<T>), &Part::first));
    }
    parts_.emplace_back(&kTag<T>, fresh);
    return {std::move(fresh), counts_ == Counts::kFirst};
  }
  void clear() { parts_.clear(); }

 private:
  using Part = std::pair<const void*, std::shared_ptr<const void>>;
  template <class T>
  static inline char kTag = 0;  // its address names the type

  Counts counts_;
  std::vector<Part> parts_;
};

}  // namespace holter::collect
