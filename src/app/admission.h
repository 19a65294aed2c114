#pragma once

#include <cstdint>

#include "api/backend.h"
#include "define/definitions.h"
#include "memory/pressure.h"
#include "model/monitor.h"

namespace holter::app {

/// What a monitor costs when it is taken on, in bytes: being known, its job, its newest values, its series.
struct MonitorCost {
  std::uint64_t known = 0, job = 0, latest = 0;
  /// With what the allocator rounds up (measured: a tenth).
  std::uint64_t total() const { return (known + job + latest) * 11 / 10; }
};
/// Of a monitor, whose job holds `job_bytes`.
MonitorCost cost_of(const model::Monitor& monitor, std::uint64_t job_bytes);

/// A monitor of the definition as people usually make one: defaults, and something of usual length where a value is
/// needed.
model::Monitor sample_monitor(std::shared_ptr<const model::Definition> definition);

/// Load in pings: a check that opens a connection costs as much as kPingsPerCheck of them.
constexpr double kPingsPerCheck = 20;
/// Pings a second that a core does with half of its time (measured; docs/performance.md).
constexpr double kPingsPerShard = 35'000;
double pings_per_second(const model::Definition& definition, std::chrono::milliseconds interval);

/// What all cores together do with half of their time.
double most_pings();
unsigned most_shards();
/// Bytes for monitors in a process that has none yet.
std::uint64_t room_in(std::uint64_t budget, const memory::LevelOptions& levels);

/// What there is, to answer from.
struct Room {
  std::uint64_t bytes = 0;  ///< that may be taken before monitors are held back
  double pings_now = 0;     ///< load of the monitors there are, in pings a second
  double pings_most = 0;
};

/// The answer for `count` monitors of that cost.
api::AdmissionAnswer admit(const api::AdmissionQuery& query, const model::Definition& definition,
                           const MonitorCost& cost, const Room& room);

}  // namespace holter::app
