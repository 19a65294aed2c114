#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holter::stress {

constexpr const char* kLevelNames[] = {"normal", "elevated", "high", "critical", "emergency"};

/// What was seen at one moment. Bytes; 0: not known.
struct Sample {
  double time_s = 0;  ///< since the start of the scenario
  std::uint64_t resident = 0, anonymous = 0, peak = 0;
  std::uint64_t child_resident = 0, child_peak = 0;
  std::uint64_t ledger = 0;
  int level = -1;  ///< index into kLevelNames; -1: the server did not say
  std::uint64_t paused = 0;
  bool answered = false;  ///< the API answered in time
};

/// What the server counted.
struct Counters {
  std::uint64_t due = 0, run = 0, skipped = 0, paused = 0, timeouts = 0;
  std::uint64_t sent = 0, kept = 0, lost = 0, restarts = 0;
  std::uint64_t dropped_rows = 0;
  bool known = false;
};

/// A named stretch of time, for the picture.
struct Phase {
  double from_s = 0;
  std::string name;
};

}  // namespace holter::stress
