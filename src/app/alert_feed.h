#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alert/round_view.h"
#include "app/fleet.h"
#include "batch/batch.h"
#include "expr/value.h"
#include "latest/latest.h"

namespace holter::app {

/// Gives rules what they are asked of: each result that came with a batch, with its rows as the newest state has them.
/// Threads: the control executor's.
class AlertFeed {
 public:
  AlertFeed(const Fleet& fleet, const latest::Latest& latest) : fleet_(fleet), latest_(latest) {}

  /// Calls `visit` for each round in the batch, which `latest` must have taken already; with its rows when
  /// `wants_rows`, which sees it without them, says so. A row is in the answer when some number of it came with it; one
  /// without numbers, of which nothing says when it was seen last, always is.
  void each_round(const batch::Batch& batch, const std::function<bool(const alert::RoundView&)>& wants_rows,
                  const std::function<void(const alert::RoundView&)>& visit);

 private:
  void read_rows(const model::Monitor& monitor, std::size_t set, std::int64_t time_ms);
  void fill_labels(const std::vector<model::FieldDef>& fields);

  const Fleet& fleet_;
  const latest::Latest& latest_;
  std::vector<expr::Value> cells_;        // of all rows of the round
  std::vector<std::string_view> labels_;  // of each row
  std::vector<model::Labels> texts_;      // the same, taken apart, where the set has fields that are labels
  std::vector<alert::RowView> rows_;
};

/// All monitors with their states, for rules.
class AlertMonitors final : public alert::Monitors {
 public:
  AlertMonitors(const Fleet& fleet, const latest::Latest& latest) : fleet_(fleet), latest_(latest) {}
  std::optional<alert::MonitorView> find(MonitorId id) const override;
  std::size_t each(std::size_t from, std::size_t most,
                   const std::function<void(const alert::MonitorView&, model::State)>& visit) const override;

 private:
  const Fleet& fleet_;
  const latest::Latest& latest_;
};

}  // namespace holter::app
