#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "memory/account.h"

namespace holter::read {

/// The bytes that one reading holds: on an account, and under a limit of its own. One thread; must outlive what takes
/// from it. The account must outlive the meter.
class Meter {
 public:
  Meter(memory::Account& account, std::size_t limit) : account_(account), limit_(limit) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// Ask before allocating. False when the limit or the account says no; refusal() tells which.
  [[nodiscard]] bool take(std::size_t bytes);
  void give(std::size_t bytes);
  std::size_t held() const { return held_; }
  std::size_t peak() const { return peak_; }

  /// "cannot <doing>: ..." with what said no last: kTooLarge for the limit of this reading, which is the text's fault;
  /// kResourceExhausted for the account, which is ours.
  Error refusal(std::string_view doing) const;

 private:
  memory::Account& account_;
  const std::size_t limit_;
  std::size_t held_ = 0;
  std::size_t peak_ = 0;
  bool account_refused_ = false;
};

/// A vector of plain values whose bytes are on a meter. Growing doubles; a refusal leaves it as it was.
template <class T>
  requires std::is_trivially_copyable_v<T>
class MeteredVector {
 public:
  explicit MeteredVector(Meter& meter) : meter_(meter) {}
  MeteredVector(const MeteredVector&) = delete;
  MeteredVector& operator=(const MeteredVector&) = delete;
  ~MeteredVector() { meter_.give(capacity_ * sizeof(T)); }

  [[nodiscard]] bool push(const T& value) {
    if (size_ == capacity_ && !grow(size_ + 1)) return false;
    data_[size_++] = value;
    return true;
  }
  [[nodiscard]] bool append(const T* values, std::size_t count) {
    if (count > capacity_ - size_ && !grow(size_ + count)) return false;
    if (count > 0) std::memcpy(data_.get() + size_, values, count * sizeof(T));
    size_ += count;
    return true;
  }
  /// Room for `count` values in all: until then nothing moves.
  [[nodiscard]] bool reserve(std::size_t count) { return count <= capacity_ || grow(count); }
  void clear() { size_ = 0; }
  void shorten(std::size_t count) { size_ = std::min(size_, count); }
  void swap(MeteredVector& other) {  // of the same meter
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_.get(); }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  const T* data() const { return data_.get(); }
  const T* begin() const { return data_.get(); }
  const T* end() const { return data_.get() + size_; }

 private:
  bool grow(std::size_t least) {
    const std::size_t wanted = std::max({least, 2 * capacity_, 256 / sizeof(T) + 1});
    if (!meter_.take(wanted * sizeof(T))) return false;
    auto bigger = std::make_unique_for_overwrite<T[]>(wanted);
    if (size_ > 0) std::memcpy(bigger.get(), data_.get(), size_ * sizeof(T));
    meter_.give(capacity_ * sizeof(T));
    data_ = std::move(bigger);
    capacity_ = wanted;
    return true;
  }

  Meter& meter_;
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace holter::read
