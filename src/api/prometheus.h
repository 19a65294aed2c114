#pragma once

#include <cstddef>
#include <memory>

#include "api/backend.h"
#include "api/message.h"
#include "api/stats.h"

namespace holter::api {

/// The answer of /metrics in Prometheus' text format 0.0.4, piece by piece: first the program's own holter_* metrics,
/// then probe_success, probe_duration_seconds and probe_icmp_duration_seconds of each monitor, family by family as the
/// format asks. Monitors that are unknown or stale have no probe_* lines: old is never shown as new.
/// Between them come what alerting counts, and ALERTS: at most kMostAlertLines of it, which are on `account` meanwhile;
/// holter_alerts_left_out says of how many alerts there are none.
/// With `essential_only` (memory is short) the monitors' lines are left out, and holter_metrics_truncated is 1.
/// Lifetime: `backend`, `stats` and `account` must outlive it.
std::unique_ptr<BodyStream> metrics_stream(Backend& backend, const Stats& stats, memory::Account& account,
                                           bool essential_only);

constexpr std::size_t kMostAlertLines = 1'000;

}  // namespace holter::api
