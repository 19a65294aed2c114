#pragma once

#include <memory>
#include <string_view>

#include "api/backend.h"
#include "api/message.h"
#include "api/stats.h"

namespace holter::api {

/// The answer of /metrics in Prometheus' text format 0.0.4, piece by piece: first the program's own holter_* metrics,
/// then probe_success, probe_duration_seconds and probe_icmp_duration_seconds of each monitor, family by family as the
/// format asks. Monitors that are unknown or stale have no probe_* lines: old is never shown as new.
/// Lifetime: `backend` and `stats` must outlive it.
std::unique_ptr<BodyStream> metrics_stream(const Backend& backend, const Stats& stats);

/// `text` as it stands between the quotes of a label: '\\', '"' and line feeds escaped, what is not UTF-8 as U+FFFD.
void append_label_value(Body& out, std::string_view text);

}  // namespace holter::api
