#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter {

/// The content of a run's status file, format 1 (docs/formats/last-run.md): three lines that are one JSON object. The
/// second line has a fixed length and is written anew while the program runs, the third is for the crash handler.
struct RunRecord {
  static constexpr std::size_t kStateBytes = 512;  ///< length of the second line
  static constexpr std::size_t kMostBytes = 4096;  ///< a longer file is none of ours
  static constexpr std::size_t kSignalDigits = 3;
  static constexpr const char* kRunning = "running";
  static constexpr const char* kClean = "clean";

  std::int64_t pid = 0, started_ms = 0;  ///< numbers are kept from -1 to 2^53
  std::string boot, version;
  std::string oom_file;        ///< the cgroup's file with a counter of kills; empty: none
  std::int64_t oom_inode = 0;  ///< of that file: another number is another group of the same name
  std::string state = kRunning, reason, level;
  std::int64_t time_ms = 0, resident = 0, budget = 0;
  std::int64_t oom_group = -1, oom_machine = -1;  ///< processes killed so far; -1: not known
  std::int64_t signal = 0;

  /// The three lines, each with its end. Text that does not fit is cut, bytes that are not printable ASCII, quotes and
  /// backslashes become '?', so that the lengths hold.
  std::string first_line() const;
  std::string state_line() const;
  std::string signal_line() const;
};
/// Where in the third line the digits of the signal begin.
constexpr std::size_t kSignalColumn = 10;

/// Reads what the three lines make. Strict, since a file that was torn must not be taken for the truth. Errors:
/// kCorruption for everything that a RunRecord cannot have written.
Result<RunRecord> parse_run_record(std::string_view text);

}  // namespace holter
