#pragma once

#include <string>
#include <string_view>

#include "alert/rule.h"
#include "alert/series_table.h"
#include "model/alert.h"

namespace holter::alert {

/// The labels of an alert of the rule, sorted: those of the rule, then alertname, severity, monitor, app, set and
/// folder (where there is one), then those of the row, then the monitor's; of equal names the first counts, but a label
/// of a row is called `exported_<name>` then, as Prometheus does: rows stay apart. One without a value is left out.
/// `monitor` is null for the process itself; `row` is a text as parse_row_labels() reads it.
model::Labels alert_labels(const Rule& rule, const TrackedMonitor* monitor, std::string_view set, std::string_view row);

/// The alert of a series, firing since `starts_ms`; `why` and `ends_ms` say that it is over.
model::Alert alert_of(const Series& series, std::int64_t starts_ms, model::Resolution why = model::Resolution::kNone,
                      std::int64_t ends_ms = 0);

}  // namespace holter::alert
