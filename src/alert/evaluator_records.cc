// What an evaluator keeps over a restart.
#include <utility>

#include "alert/alert_labels.h"
#include "alert/evaluator.h"

namespace holter::alert {

using model::Resolution;

void Evaluator::records(const std::function<void(const SeriesRecord&)>& visit) const {
  for (std::uint32_t place = 0; place < series_.places(); ++place) {
    const auto& series = series_.at(place);
    if (series.rule == nullptr) continue;
    SeriesRecord record{.rule = series.rule->rule.name,
                        .meaning = series.rule->meaning,
                        .monitor = series.monitor == nullptr ? MonitorId{} : series.monitor->id,
                        .set = std::string(series.set()),
                        .labels = std::string(series.labels()),
                        .interval_s = series.interval_s,
                        .machine = series.machine.record()};
    if (series.machine.alerting()) record.fingerprint = alert_of(series, series.machine.since_ms()).fingerprint;
    if (series.evidence) record.evidence = *series.evidence;
    visit(record);
  }
}

std::vector<Unrestored> Evaluator::restore(std::span<const SeriesRecord> records, const Monitors& monitors) {
  std::vector<Unrestored> out;
  listen_anew_ = true;
  for (const auto& record : records)
    if (auto why = restore_one(record, monitors); why != Resolution::kNone) out.push_back({record, why});
  return out;
}

/// Why not, or why what was told under the record's fingerprint is over; kNone when it goes on.
Resolution Evaluator::restore_one(const SeriesRecord& record, const Monitors& monitors) {
  auto found = rules_.find(record.rule);
  if (found == rules_.end() || found->second->meaning != record.meaning) return Resolution::kRuleGone;
  auto& rule = *found->second;
  MonitorView monitor;
  if (record.monitor != MonitorId{}) {
    auto known = monitors.find(record.monitor);
    if (!known) return Resolution::kDeleted;
    monitor = *known;
    if (monitor.monitor->paused) return Resolution::kPaused;
    if (!rule.rule.selector.selects(*monitor.monitor, monitor.folder)) return Resolution::kVanished;
  }
  auto machine = SeriesMachine::from(record.machine);
  const auto key = key_of(rule, record.monitor, record.set, record.labels);
  if (!machine || series_.find(key) != kNoSeries) return Resolution::kVanished;
  if (machine->alerting() && !may_fire(rule)) return Resolution::kVanished;
  const auto place = add_series(key, rule, monitor, record.interval_s);
  if (place == kNoSeries) return Resolution::kVanished;
  auto& series = series_.at(place);
  series.machine = *machine;
  if (record.evidence != Evidence()) series_.keep_evidence(series, record.evidence);
  if (!machine->alerting()) return Resolution::kNone;
  ++rule.alerts, ++alerts_;
  const auto alert = alert_of(series, machine->since_ms());
  if (alert.fingerprint == record.fingerprint) return Resolution::kNone;
  ++counted_.changed;
  Evidence evidence;
  evidence.no_data = machine->phase() == Phase::kNoData;
  sink_.fired(alert, rule.rule, evidence);
  return Resolution::kRuleGone;
}

}  // namespace holter::alert
