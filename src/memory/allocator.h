#pragma once

#include <cstdint>

#include "base/result.h"

namespace holter::memory {

/// What the allocator holds, in bytes.
struct AllocatorStats {
  std::uint64_t mapped = 0;     ///< taken from the kernel for the heap, without what the allocator has for itself and
                                ///< not touched; never above cap
  std::uint64_t cap = 0;        ///< 0: no cap is set
  std::uint64_t allocated = 0;  ///< handed out to the program
  std::uint64_t refused = 0;    ///< mappings refused because of the cap
  std::uint64_t active = 0;     ///< in pages that hold something handed out
  std::uint64_t metadata = 0;   ///< the allocator's own
};

/// Second fence of the memory design: jemalloc with extent hooks that refuse to map beyond `bytes`. malloc() then
/// returns null and `new` throws std::bad_alloc after one attempt to purge unused pages; the task that asked fails, the
/// process goes on. The last 2 MiB (or a sixteenth, if that is less) are for blocks below 16 KiB only, so that who asks
/// for much is refused first. May be called again to change the cap (a lower one refuses growth until enough is freed).
/// Errors: kUnavailable in sanitizer builds, which bring their own allocator.
Status set_allocator_cap(std::uint64_t bytes);

/// Returns unused pages to the kernel. Takes up to some milliseconds.
void purge_allocator();

/// All zero in sanitizer builds.
AllocatorStats allocator_stats();

}  // namespace holter::memory
