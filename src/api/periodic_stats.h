#pragma once

#include <cstdint>
#include <string>

namespace holter::api {

/// What is counted of one periodic rule.
struct PeriodicStats {
  std::string rule;
  std::uint64_t evaluations = 0;  ///< runs that were answered
  std::uint64_t failures = 0;     ///< runs that were not
  std::uint64_t skipped = 0;      ///< slots without a run: the rule still ran, or waited
  double seconds = 0;             ///< that all runs have taken together
  double lateness = 0;            ///< of the last run: seconds behind its slot
};

}  // namespace holter::api
