#include "runtime/handler_reserve.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>

namespace {

using holter::runtime::HandlerReserve;

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kWords = HandlerReserve::kBlocks / 64;

// Pages that are never touched cost nothing. Handlers are freed until the end of the process: never destroyed.
alignas(kAlignment) constinit std::array<std::byte, HandlerReserve::kBlocks * HandlerReserve::kBlockBytes> g_blocks{};
constinit std::array<std::atomic<std::uint64_t>, kWords> g_used{};
constinit std::atomic<std::size_t> g_taken{0};

[[maybe_unused]] void* take_block() {
  for (std::size_t i = 0; i < kWords; ++i) {
    auto used = g_used[i].load(std::memory_order_relaxed);
    while (used != ~std::uint64_t{0}) {
      auto bit = std::countr_one(used);
      if (!g_used[i].compare_exchange_weak(used, used | std::uint64_t{1} << bit, std::memory_order_acquire)) continue;
      g_taken.fetch_add(1, std::memory_order_relaxed);
      return &g_blocks[(i * 64 + static_cast<std::size_t>(bit)) * HandlerReserve::kBlockBytes];
    }
  }
  return nullptr;
}

}  // namespace

#ifdef HOLTER_JEMALLOC  // not in sanitizer builds
// The linker calls __wrap_x for x, and x for __real_x (ld(1), --wrap). NOLINTBEGIN: these names are its own.
extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void __real_free(void* memory);

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  if (void* memory = __real_aligned_alloc(alignment, size)) return memory;
  return size <= HandlerReserve::kBlockBytes && alignment <= kAlignment ? take_block() : nullptr;
}

void __wrap_free(void* memory) {
  auto offset = reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(g_blocks.data());
  if (offset >= g_blocks.size()) return __real_free(memory);
  auto block = offset / HandlerReserve::kBlockBytes;
  g_used[block / 64].fetch_and(~(std::uint64_t{1} << (block % 64)), std::memory_order_release);
}
}
// NOLINTEND
#endif

namespace holter::runtime {

std::size_t HandlerReserve::in_use() {
  std::size_t blocks = 0;
  for (const auto& word : g_used)
    blocks += static_cast<std::size_t>(std::popcount(word.load(std::memory_order_relaxed)));
  return blocks;
}

std::size_t HandlerReserve::taken() {
  return g_taken.load(std::memory_order_relaxed);
}

}  // namespace holter::runtime
