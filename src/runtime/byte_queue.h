#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "memory/account.h"

namespace holter::runtime {

/// What a ByteQueue has seen. Counts of items unless named bytes.
struct QueueStats {
  std::uint64_t pushed = 0;
  std::uint64_t dropped = 0;  ///< refused because the queue was full
  std::size_t size = 0;
  std::size_t bytes = 0;
  std::size_t limit_bytes = 0;
};

/// A first-in first-out queue between threads, bounded by bytes. A push that does not fit is refused and counted; the
/// caller names what that means. Never blocks; the mutex is held for a few instructions.
/// The bytes are charged to `account`, or to none (nullptr) where the items' bytes are on an account already, as those
/// of frozen batches are.
///
/// `on_ready` runs on the pushing thread when the queue turns from empty to not empty; let it post to the consumer.
/// When it throws std::bad_alloc, the next push() calls it again. The limit may change at any time: what is queued
/// beyond a smaller one stays.
template <class T>
class ByteQueue {
 public:
  ByteQueue(memory::Account* account, std::size_t limit_bytes, std::function<void()> on_ready = {})
      : account_(account), limit_(limit_bytes), on_ready_(std::move(on_ready)) {}

  /// False, and counted as dropped, when `bytes` do not fit into the queue or its account. An item counts for
  /// sizeof(T) at the least, so that empty ones are bounded, too.
  bool push(T item, std::size_t bytes) {
    bytes = std::max(bytes, sizeof(T));
    bool was_empty = false;
    {
      std::scoped_lock lock(mutex_);
      if (bytes_ > limit_ || bytes > limit_ - bytes_ || (account_ != nullptr && !account_->try_reserve(bytes))) {
        ++dropped_;
        return false;
      }
      was_empty = items_.empty() || std::exchange(ready_owed_, false);
      try {
        items_.emplace_back(std::move(item), bytes);
      } catch (const std::bad_alloc&) {  // the allocator's cap: no room for the queue's own node
        if (account_ != nullptr) account_->release(bytes);
        ready_owed_ = was_empty && !items_.empty();
        ++dropped_;
        return false;
      }
      bytes_ += bytes;
      ++pushed_;
    }
    if (was_empty && on_ready_) {
      try {
        on_ready_();
      } catch (const std::bad_alloc&) {
        std::scoped_lock lock(mutex_);
        ready_owed_ = true;
      }
    }
    return true;
  }

  void set_limit(std::size_t limit_bytes) {
    std::scoped_lock lock(mutex_);
    limit_ = limit_bytes;
  }

  /// The oldest item, whose bytes leave the account now; nullopt when empty.
  std::optional<T> pop() {
    std::scoped_lock lock(mutex_);
    if (items_.empty()) return std::nullopt;
    auto [item, bytes] = std::move(items_.front());
    items_.pop_front();
    bytes_ -= bytes;
    if (account_ != nullptr) account_->release(bytes);
    return std::optional<T>(std::move(item));
  }

  QueueStats stats() const {
    std::scoped_lock lock(mutex_);
    return {pushed_, dropped_, items_.size(), bytes_, limit_};
  }

  ~ByteQueue() {
    if (account_ != nullptr) account_->release(bytes_);
  }

 private:
  memory::Account* const account_;
  std::size_t limit_;
  const std::function<void()> on_ready_;
  mutable std::mutex mutex_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t bytes_ = 0;
  bool ready_owed_ = false;
  std::uint64_t pushed_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace holter::runtime
