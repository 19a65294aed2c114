#pragma once

#include <cstddef>

namespace holter::testing {

/// Bytes that are allocated now: by this thread (jemalloc), or by the whole program (sanitizers). For differences.
std::size_t allocated_bytes();

}  // namespace holter::testing
