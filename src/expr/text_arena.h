#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

namespace holter::expr {

/// Memory for the texts that one evaluation makes. Bounded: what does not fit is refused, and the evaluation ends with
/// Reason::kTooLong. The memory is taken when the first text is made and kept. One thread.
class TextArena {
 public:
  static constexpr std::size_t kCapacity = 64 << 10;

  /// `left` and `right` one after the other; nullopt when they do not fit. Grows `left` in place where it is the
  /// newest.
  std::optional<std::string_view> join(std::string_view left, std::string_view right) {
    const bool newest = used_ > 0 && !left.empty() && left.data() + left.size() == memory_.get() + used_;
    const std::size_t wanted = newest ? right.size() : left.size() + right.size();
    if (right.size() > kCapacity || left.size() > kCapacity || wanted > kCapacity - used_) return std::nullopt;
    if (!memory_) memory_ = std::make_unique<char[]>(kCapacity);
    char* to = memory_.get() + used_;
    if (!newest && !left.empty()) std::memcpy(to, left.data(), left.size());
    if (!right.empty()) std::memcpy(memory_.get() + used_ + wanted - right.size(), right.data(), right.size());
    used_ += wanted;
    return newest ? std::string_view(left.data(), left.size() + right.size()) : std::string_view(to, wanted);
  }
  std::optional<std::string_view> copy(std::string_view text) { return join({}, text); }

  /// Forgets all texts; the memory stays.
  void clear() { used_ = 0; }
  std::size_t held_bytes() const { return memory_ ? kCapacity : 0; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t used_ = 0;
};

}  // namespace holter::expr
