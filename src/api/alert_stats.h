#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/alert.h"

namespace holter::api {

/// Durations in buckets.
struct Distribution {
  /// Upper bounds in seconds, and how many are at most as long; the last bound is infinite.
  std::vector<std::pair<double, std::uint64_t>> buckets;
  double sum_seconds = 0;
};

/// What alerting counts about itself, since the start.
struct AlertStats {
  static constexpr std::size_t kMostRules = 100;  ///< of which it is told one by one what they could not say

  /// What a rule says of a monitor, or another product of something.
  struct Alert {
    std::string name, monitor;  ///< monitor empty: of none
    model::Severity severity{};
    bool firing = true;  ///< else its condition holds, but not yet for long enough
  };
  std::vector<Alert> alerts;  ///< the most severe first, those that fire before others; each once
  std::size_t left_out = 0;   ///< alerts that found no place in `alerts`

  std::array<std::size_t, 4> firing{};  ///< by severity
  std::size_t pending = 0;
  std::size_t incidents_open = 0;  ///< that are booked
  std::size_t rules = 0, series = 0, groups = 0;

  std::uint64_t results = 0, evaluations = 0;  ///< results that had rules, and conditions asked of them
  std::uint64_t no_value = 0, refused = 0;     ///< evaluations without a value; alerts not made for want of room
  std::uint64_t fired = 0, resolved = 0;
  Distribution spent;     ///< in rules, for each batch of results
  Distribution lateness;  ///< from the time of a result until rules are asked of it

  static constexpr std::size_t kReasons = 5;
  /// For labels and members: what stands in the way of an alert.
  static constexpr std::array<const char*, kReasons> kReasonWords{"rule_alerts", "alerts", "series", "memory",
                                                                  "no_value"};
  struct Skipped {
    std::string rule;
    std::array<std::uint64_t, kReasons> by{};  ///< by kReasonWords
  };
  std::vector<Skipped> skipped;  ///< of those rules that skip most, the worst first; at most kMostRules

  struct Channel {
    std::string name;
    std::uint64_t delivered = 0, retried = 0, dead = 0, digested = 0;  ///< retried: attempts
    std::uint64_t dropped = 0;  ///< could not be made or kept, and never were in the queue
  };
  std::vector<Channel> channels;  ///< by name
  std::uint64_t without_receiver = 0;
  std::uint64_t queued = 0;   ///< notifications made
  std::uint64_t waiting = 0;  ///< of these now, some moments old
  double oldest_seconds = 0;  ///< how long the oldest of them waits
  std::uint64_t store_failures = 0;
  std::uint64_t not_grouped = 0, unbooked = 0, failed_writes = 0;
  std::size_t unwritten = 0;  ///< what is still to be written to the catalog

  struct Source {
    std::string name;
    std::uint64_t taken = 0, refused = 0;  ///< alerts
    std::uint64_t bodies_refused = 0;      ///< that could not be read at all
  };
  std::vector<Source> sources;  ///< of alerts of other products, by name
};

}  // namespace holter::api
