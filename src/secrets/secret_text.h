#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "secrets/primitives.h"

namespace holter::secrets {

/// A text that is overwritten when it dies, and that only moves: a password on its way. Threads: one.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text) : SecretText(text.size()) { std::ranges::copy(text, bytes_.get()); }
  /// `size` bytes of zero, to be written by chars().
  explicit SecretText(std::size_t size) : bytes_(new char[size]()), size_(size) {}
  SecretText(SecretText&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretText& operator=(SecretText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SecretText() {
    if (bytes_) wipe(chars());
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::span<char> chars() { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace holter::secrets
