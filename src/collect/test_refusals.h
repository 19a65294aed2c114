#pragma once

#include <cstddef>

// operator new of this folder's test program (refusal_test.cc) counts and refuses by this. Not under ThreadSanitizer.
namespace holter::collect::testing {

/// Allocations of this thread since `armed` was set; the first `first` succeed, then `count` are refused.
struct Refusals {
  bool armed = false;
  std::size_t seen = 0, first = 0, count = 0;
};
extern constinit thread_local Refusals t_refusals;

}  // namespace holter::collect::testing
