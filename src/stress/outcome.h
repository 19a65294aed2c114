#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stress/critical.h"
#include "stress/sample.h"
#include "stress/subject.h"

namespace holter::stress {

/// What a scenario has shown. Bytes.
struct Outcome {
  std::string name, what;
  bool ran = true;                    ///< false: it could not be run; why is the first of `problems`
  std::vector<std::string> problems;  ///< why it failed; empty: passed
  std::vector<std::string> notes;     ///< what else is worth knowing
  double seconds = 0;

  std::uint64_t budget = 0, child_limit = 0;
  std::uint64_t peak = 0, child_peak = 0;
  std::uint64_t group_peak = 0, kills = 0;
  std::string limit_kind;    ///< "cgroup v1", "cgroup v2" or "RLIMIT_DATA"
  std::vector<bool> levels;  ///< seen, by index into kLevelNames
  std::uint64_t paused_most = 0;
  Lateness critical;
  Counters counters;
  std::uint64_t before = 0, after = 0;  ///< resident set before the load and after it; 0: not measured
  End end;

  std::vector<Sample> samples;
  std::vector<Phase> phases;

  bool passed() const { return ran && problems.empty(); }
};

/// What the resident set may be after the load: 5 % or 1 MiB above `before`, whichever is more.
std::uint64_t allowed_after(std::uint64_t before);

/// Holds an outcome against what every scenario promises, and adds a problem for each promise that was broken:
/// no process over its budget, no crash, critical monitors on time (p99 below a second), nothing lost without a
/// counter, memory back.
void judge(Outcome& outcome);

/// One line: name, PASS or FAIL, and the figures.
std::string line_of(const Outcome& outcome);

}  // namespace holter::stress
