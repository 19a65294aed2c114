#include "memory/arrow_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace holter::memory {
namespace {

// Arrow wants a non-null, aligned address even for nothing.
alignas(64) std::uint8_t g_empty[1];

std::size_t padded(std::int64_t size, std::int64_t alignment) {
  return (static_cast<std::size_t>(size) + static_cast<std::size_t>(alignment) - 1) &
         ~(static_cast<std::size_t>(alignment) - 1);
}

}  // namespace

ArrowPool::~ArrowPool() {
  CHECK(bytes_.load() == 0);
}

void ArrowPool::note(std::int64_t delta) {
  auto now = bytes_.fetch_add(delta, std::memory_order_relaxed) + delta;
  if (delta <= 0) return;
  total_.fetch_add(delta, std::memory_order_relaxed);
  auto seen = peak_.load(std::memory_order_relaxed);
  while (now > seen && !peak_.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
}

arrow::Status ArrowPool::Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) {
  if (size < 0) return arrow::Status::Invalid("negative size");
  if (size == 0) {
    *out = g_empty;
    return arrow::Status::OK();
  }
  auto bytes = padded(size, alignment);
  if (!account_.try_reserve(bytes))
    return arrow::Status::OutOfMemory("cannot reserve ", size, " bytes for ", account_.name(), " (", tag_,
                                      "): ", account_.used(), " of ", account_.limit(), " are in use");
  *out = static_cast<std::uint8_t*>(std::aligned_alloc(static_cast<std::size_t>(alignment), bytes));
  if (*out == nullptr) {
    account_.release(bytes);
    return arrow::Status::OutOfMemory("the allocator has no ", size, " bytes for ", tag_);
  }
  count_.fetch_add(1, std::memory_order_relaxed);
  note(size);
  return arrow::Status::OK();
}

arrow::Status ArrowPool::Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                                    std::uint8_t** ptr) {
  if (padded(old_size, alignment) == padded(new_size, alignment) && old_size > 0) {
    note(new_size - old_size);
    return arrow::Status::OK();
  }
  std::uint8_t* fresh = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &fresh));
  std::memcpy(fresh, *ptr, static_cast<std::size_t>(std::min(old_size, new_size)));
  Free(*ptr, old_size, alignment);
  *ptr = fresh;
  return arrow::Status::OK();
}

void ArrowPool::Free(std::uint8_t* buffer, std::int64_t size, std::int64_t alignment) {
  if (buffer == g_empty) return;
  std::free(buffer);
  account_.release(padded(size, alignment));
  note(-size);
}

}  // namespace holter::memory
