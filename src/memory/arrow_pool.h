#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <arrow/memory_pool.h>

#include "memory/account.h"

namespace holter::memory {

/// An Arrow pool with a tag, whose bytes are on an account: reserve first, then allocate. A refusal is
/// arrow::Status::OutOfMemory. Arrow's default pool is not used anywhere (a test proves it).
///
/// Threads: any. Lifetime: must outlive every buffer it handed out; the account must outlive the pool.
class ArrowPool final : public arrow::MemoryPool {
 public:
  ArrowPool(Account& account, std::string tag) : account_(account), tag_(std::move(tag)) {}
  ~ArrowPool() override;

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override;
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                           std::uint8_t** ptr) override;
  void Free(std::uint8_t* buffer, std::int64_t size, std::int64_t alignment) override;

  std::int64_t bytes_allocated() const override { return bytes_.load(std::memory_order_relaxed); }
  std::int64_t max_memory() const override { return peak_.load(std::memory_order_relaxed); }
  std::int64_t total_bytes_allocated() const override { return total_.load(std::memory_order_relaxed); }
  std::int64_t num_allocations() const override { return count_.load(std::memory_order_relaxed); }
  std::string backend_name() const override { return "holter:" + tag_; }

 private:
  void note(std::int64_t delta);

  Account& account_;
  const std::string tag_;
  std::atomic<std::int64_t> bytes_{0}, peak_{0}, total_{0}, count_{0};
};

}  // namespace holter::memory
