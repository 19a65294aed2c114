#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "api/alert_stats.h"
#include "base/clock.h"
#include "incidents/desk.h"
#include "notify/outbox.h"
#include "schedule/histogram.h"

namespace holter::app {

/// How long rules take, and how late they are asked.
struct AlertTimes {
  schedule::Histogram spent, lateness;
};

struct IntakeCount {
  std::uint64_t taken = 0, refused = 0, bodies_refused = 0;
};
/// By source: no more than intake::sources() has.
using IntakeCounts = std::map<std::string, IntakeCount, std::less<>>;

/// All that alerting counts, with at most `most_alerts` alerts one by one.
api::AlertStats alert_stats(const incidents::Desk& desk, const notify::Outbox& outbox, const AlertTimes& times,
                            const IntakeCounts& taken, WallTime now, std::size_t most_alerts);

}  // namespace holter::app
