#include "testing/allocated.h"

#include <cstdint>

#ifdef HOLTER_JEMALLOC
#include <jemalloc/jemalloc.h>

#include "base/check.h"
#else
#include <sanitizer/allocator_interface.h>
#endif

namespace holter::testing {

std::size_t allocated_bytes() {
#ifdef HOLTER_JEMALLOC
  std::uint64_t allocated = 0;
  std::uint64_t freed = 0;
  std::size_t size = sizeof(allocated);
  CHECK(mallctl("thread.allocated", &allocated, &size, nullptr, 0) == 0);
  CHECK(mallctl("thread.deallocated", &freed, &size, nullptr, 0) == 0);
  return allocated - freed;
#else
  return __sanitizer_get_current_allocated_bytes();
#endif
}

}  // namespace holter::testing
