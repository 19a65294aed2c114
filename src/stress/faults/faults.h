#pragma once

#include <atomic>
#include <cstdint>

namespace holter::stress {

/// Which allocations are refused.
enum class FaultMode : std::uint32_t {
  kOff = 0,
  kOnceAt = 1,  ///< number `at`, and no other
  kFrom = 2,    ///< number `at` and all that follow
};

/// The page that a tester and libholter-faults.so share. Allocations are numbered from 1, beginning with main().
/// Threads: both sides use atomics; `program` is written before the program starts.
struct FaultPage {
  static constexpr std::uint32_t kMagic = 0x544c4648;  // "HFLT"

  std::uint32_t magic = kMagic;
  char program[28] = {};  ///< file name of the program to meddle with, e.g. "holter"
  std::atomic<FaultMode> mode{FaultMode::kOff};
  std::atomic<std::uint32_t> armed{0};  ///< 1 while main() of that program runs
  std::atomic<std::uint64_t> at{0};
  std::atomic<std::uint64_t> allocations{0};  ///< seen so far
  std::atomic<std::uint64_t> refused{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// The variable that names the page's file.
constexpr const char* kFaultsVariable = "STRESS_FAULTS";

}  // namespace holter::stress
