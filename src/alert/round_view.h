#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "expr/value.h"
#include "model/definition.h"
#include "model/monitor.h"

namespace holter::alert {

/// One row of an answer.
struct RowView {
  std::string_view labels;              ///< as latest::Value::labels: `k="v",k2="v2"`
  std::span<const expr::Value> fields;  ///< in the order of the set's fields, as many as these; null: none
};

/// One result of one set of a monitor, as rules see it. Views live during the call.
struct RoundView {
  const model::Monitor& monitor;
  std::string_view folder;   ///< that the monitor lies in; empty: the root
  const model::SetDef& set;  ///< of monitor.definition
  bool decides = false;      ///< on UP and DOWN: priority 0; the same for each result of a set
  model::ResultCode code = model::ResultCode::kSuccess;
  model::State state = model::State::kUnknown;  ///< of the monitor, with this result
  std::int64_t time_ms = 0;                     ///< when it was collected, ms since 1970 UTC
  std::int64_t duration_us = 0;
  std::span<const RowView> rows;  ///< of a successful answer
};

/// A monitor and where it lies.
struct MonitorView {
  const model::Monitor* monitor = nullptr;
  std::string_view folder;
};

/// What the evaluator asks about monitors.
class Monitors {
 public:
  virtual ~Monitors() = default;
  /// std::nullopt for one that is not known.
  virtual std::optional<MonitorView> find(MonitorId id) const = 0;
  /// Calls `visit` for at most `most` monitors, those from place `from` on, in an order that stays the same while no
  /// monitor comes or goes. Returns the place to go on from; 0 when all have been visited.
  virtual std::size_t each(std::size_t from, std::size_t most,
                           const std::function<void(const MonitorView&, model::State)>& visit) const = 0;
};

/// Hours of the week and the like in which a rule is active. Frozen.
class ActiveHours {
 public:
  virtual ~ActiveHours() = default;
  /// `time_ms`: since 1970 UTC.
  virtual bool active_at(std::int64_t time_ms) const = 0;
};
class ActiveHoursParser {
 public:
  virtual ~ActiveHoursParser() = default;
  /// Errors: kInvalidArgument.
  virtual Result<std::shared_ptr<const ActiveHours>> parse(std::string_view text) const = 0;
};

}  // namespace holter::alert
