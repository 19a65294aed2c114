#include "memory/allocator.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <new>

#include <fmt/format.h>

#ifdef HOLTER_JEMALLOC
#include <jemalloc/jemalloc.h>

// Read by jemalloc before main(). Two arenas keep fragmentation low; without oversize_threshold:0 large blocks come
// from an arena that is created later and would escape the hooks; retain:false returns address space, so that `mapped`
// falls when memory is freed.
extern "C" {
const char* malloc_conf =
    "narenas:2,retain:false,oversize_threshold:0,dirty_decay_ms:1000,muzzy_decay_ms:0,tcache_max:4096";
}

#define HOLTER_TEXT_(x) #x
#define HOLTER_TEXT(x) HOLTER_TEXT_(x)

namespace holter::memory {
namespace {

// The last of the cap is for small blocks: what a task needs to end in order, and Asio to start a wait. Extents of
// small blocks have at most 32 KiB; a want of memory meets whoever asks for more first, and that is an ordinary error.
constexpr std::size_t kSmallExtent = 32 << 10;
constexpr std::uint64_t kShareForSmall = 16;
constexpr std::uint64_t kMostForSmall = 2 << 20;

std::atomic<std::uint64_t> g_mapped{0};
std::atomic<std::uint64_t> g_cap{0};
std::atomic<std::uint64_t> g_refused{0};
extent_hooks_t* g_original = nullptr;
/// Mapped by the allocator for its own use and not touched yet: it is not resident, and does not count.
std::uint64_t g_untouched = 0;

void* alloc_extent(extent_hooks_t*, void* address, size_t size, size_t alignment, bool* zero, bool* commit,
                   unsigned arena) {
  auto now = g_mapped.fetch_add(size, std::memory_order_relaxed) + size;
  auto cap = g_cap.load(std::memory_order_relaxed);
  if (now > (size > kSmallExtent ? cap - std::min(cap / kShareForSmall, kMostForSmall) : cap)) {
    g_mapped.fetch_sub(size, std::memory_order_relaxed);
    g_refused.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  void* extent = g_original->alloc(g_original, address, size, alignment, zero, commit, arena);
  if (extent == nullptr) g_mapped.fetch_sub(size, std::memory_order_relaxed);
  return extent;
}

bool dalloc_extent(extent_hooks_t*, void* address, size_t size, bool committed, unsigned arena) {
  bool kept = g_original->dalloc(g_original, address, size, committed, arena);
  if (!kept) g_mapped.fetch_sub(size, std::memory_order_relaxed);
  return kept;
}

void destroy_extent(extent_hooks_t*, void* address, size_t size, bool committed, unsigned arena) {
  g_original->destroy(g_original, address, size, committed, arena);
  g_mapped.fetch_sub(size, std::memory_order_relaxed);
}

extent_hooks_t g_hooks{};

template <class T>
T read(const char* name) {
  T value{};
  size_t size = sizeof(value);
  if (mallctl(name, &value, &size, nullptr, 0) != 0) return T{};
  return value;
}

void refresh_stats() {
  std::uint64_t epoch = 1;
  size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
}

/// Called by operator new when malloc returned null: one purge, then one more try. That this is the second call for
/// the same request shows in the thread's byte count, which only a success moves.
void on_new_failure() {
  thread_local std::uint64_t purged_at = ~std::uint64_t{0};
  auto allocated = read<std::uint64_t>("thread.allocated");
  if (purged_at == allocated) throw std::bad_alloc();
  purged_at = allocated;
  purge_allocator();
}

}  // namespace

Status set_allocator_cap(std::uint64_t bytes) {
  if (g_original != nullptr) {
    g_cap.store(bytes + g_untouched, std::memory_order_relaxed);
    return {};
  }
  // An arena that has not been used yet is made as its hooks are set, which maps its first block: not under a cap.
  g_cap.store(~std::uint64_t{0}, std::memory_order_relaxed);
  g_hooks = *read<extent_hooks_t*>("arena.0.extent_hooks");
  g_original = read<extent_hooks_t*>("arena.0.extent_hooks");
  g_hooks.alloc = alloc_extent;
  g_hooks.dalloc = dalloc_extent;
  g_hooks.destroy = destroy_extent;
  refresh_stats();
  g_mapped.store(read<size_t>("stats.mapped"), std::memory_order_relaxed);
  auto arenas = read<unsigned>("arenas.narenas");
  for (unsigned i = 0; i < arenas; ++i) {
    extent_hooks_t* hooks = &g_hooks;
    auto name = fmt::format("arena.{}.extent_hooks", i);
    if (mallctl(name.c_str(), nullptr, nullptr, &hooks, sizeof(hooks)) != 0)
      return Error(ErrorCode::kInternal, fmt::format("cannot set the hooks of allocator arena {} of {}", i, arenas));
  }
  std::set_new_handler(on_new_failure);
  refresh_stats();
  g_untouched = g_mapped.load() - std::min<std::uint64_t>(read<size_t>("stats.resident"), g_mapped.load());
  g_cap.store(bytes + g_untouched, std::memory_order_relaxed);
  return {};
}

void purge_allocator() {
  // A literal: this also runs where there is no memory left to build a name.
  mallctl("arena." HOLTER_TEXT(MALLCTL_ARENAS_ALL) ".purge", nullptr, nullptr, nullptr, 0);
}

AllocatorStats allocator_stats() {
  refresh_stats();
  AllocatorStats stats;
  stats.cap = g_cap.load(std::memory_order_relaxed) - g_untouched;
  stats.refused = g_refused.load(std::memory_order_relaxed);
  stats.allocated = read<size_t>("stats.allocated");
  stats.active = read<size_t>("stats.active");
  stats.metadata = read<size_t>("stats.metadata");
  stats.mapped =
      g_original != nullptr ? g_mapped.load(std::memory_order_relaxed) - g_untouched : read<size_t>("stats.mapped");
  return stats;
}

}  // namespace holter::memory

#else

namespace holter::memory {

Status set_allocator_cap(std::uint64_t) {
  return Error(ErrorCode::kUnavailable, "cannot cap the allocator: this build uses the sanitizer's");
}
void purge_allocator() {}
AllocatorStats allocator_stats() {
  return {};
}

}  // namespace holter::memory
#endif
