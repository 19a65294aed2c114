#pragma once

#include <cstdint>
#include <utility>

namespace holter::history {

/// Says whether a task lives, also one that was dropped before it began: a parameter of its coroutine. Sets the flag,
/// which must outlive it, from its construction to its end.
class Running {
 public:
  explicit Running(bool* flag) : flag_(flag) { *flag_ = true; }
  Running(Running&& other) noexcept : flag_(std::exchange(other.flag_, nullptr)) {}
  Running& operator=(Running&&) = delete;
  ~Running() {
    if (flag_ != nullptr) *flag_ = false;
  }

 private:
  bool* flag_;
};

/// The batches that the child has not acknowledged yet.
struct InFlight {
  std::uint64_t id = 0;
  std::uint64_t samples = 0;
};

}  // namespace holter::history
