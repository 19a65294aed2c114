#include "catalog/incident_rows.h"

#include <charconv>

#include <fmt/format.h>

#include "catalog/label_json.h"
#include "catalog/rules.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

std::optional<model::Resolution> parse_resolution(std::string_view word) {
  for (std::size_t i = 0; i < model::kResolutions; ++i)
    if (auto resolution = static_cast<model::Resolution>(i); to_string(resolution) == word) return resolution;
  return std::nullopt;
}

/// A line for each label, in lower case.
std::string search_text(const model::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += to_lower(name) + "=" + to_lower(value) + "\n";
  return text;
}

}  // namespace

bool is_stored(soci::session& sql, IncidentId id) {
  if (!is_key(id.value)) return false;
  long long key = static_cast<long long>(id.value), found = 0;
  sql << "SELECT count(*) FROM incidents WHERE id = :id", use(key, "id"), into(found);
  return found != 0;
}

Error no_incident(std::string_view what) {
  return {ErrorCode::kNotFound, fmt::format("cannot {}: there is no such incident", what)};
}

std::string to_column(model::Fingerprint fingerprint) {
  return fmt::format("{:016x}", fingerprint.value);
}

void IncidentRow::prepare_select(soci::statement& rows, const std::string& where) {
  for (auto* column : {&id, &monitor, &started, &ended, &acknowledged, &snoozed, &linked, &version})
    rows.exchange(into(*column));
  rows.exchange(into(by_hand));
  for (auto* column : {&fingerprint, &rule, &severity, &labels, &annotations, &evidence, &group_key, &resolution,
                       &assignee, &acknowledged_by, &notify_state})
    rows.exchange(into(*column));
  rows.alloc();
  rows.prepare(
      "SELECT id, monitor_id, started_ms, ended_ms, acknowledged_ms, snoozed_until_ms, linked_id, version, by_hand, "
      "fingerprint, rule, severity, labels, annotations, evidence, group_key, resolution, assignee, acknowledged_by, "
      "notify_state FROM incidents WHERE " +
      where);
  rows.define_and_bind();
}

Result<Incident> IncidentRow::fetched() const {
  Incident incident;
  auto corrupt = [&](std::string_view what) {
    return Error(ErrorCode::kCorruption, fmt::format("cannot read the incident {}: its {} is none", id, what));
  };
  auto [end, failed] =
      std::from_chars(fingerprint.data(), fingerprint.data() + fingerprint.size(), incident.fingerprint.value, 16);
  if (failed != std::errc() || end != fingerprint.data() + fingerprint.size()) return corrupt("fingerprint");
  auto known_severity = model::parse_severity(severity);
  if (!known_severity) return corrupt("severity");
  auto known_resolution = parse_resolution(resolution);
  if (!known_resolution) return corrupt("resolution");
  TRY(incident.labels, labels_from_json(labels));
  TRY(incident.annotations, labels_from_json(annotations));
  incident.id = IncidentId{static_cast<std::uint64_t>(id)};
  incident.started = from_epoch_ms(started);
  incident.rule = rule;
  incident.monitor = MonitorId{static_cast<std::uint64_t>(monitor)};
  incident.severity = *known_severity;
  incident.evidence = evidence;
  incident.group_key = group_key;
  incident.by_hand = by_hand != 0;
  incident.assignee = assignee;
  incident.acknowledged = from_epoch_ms(acknowledged);
  incident.acknowledged_by = acknowledged_by;
  incident.snoozed_until = from_epoch_ms(snoozed);
  incident.linked = IncidentId{static_cast<std::uint64_t>(linked)};
  incident.notify_state = notify_state;
  incident.ended = from_epoch_ms(ended);
  incident.resolution = *known_resolution;
  incident.version = static_cast<std::uint64_t>(version);
  return incident;
}

void IncidentRow::assign(const Incident& incident) {
  id = static_cast<long long>(incident.id.value);
  monitor = static_cast<long long>(incident.monitor.value);  // those of files have all 64 bits
  started = epoch_ms(incident.started);
  ended = epoch_ms(incident.ended);
  acknowledged = epoch_ms(incident.acknowledged);
  snoozed = epoch_ms(incident.snoozed_until);
  linked = static_cast<long long>(incident.linked.value);
  version = static_cast<long long>(incident.version);
  by_hand = incident.by_hand ? 1 : 0;
  fingerprint = to_column(incident.fingerprint);
  rule = incident.rule;
  severity = to_string(incident.severity);
  labels = labels_to_json(incident.labels);
  annotations = labels_to_json(incident.annotations);
  search = search_text(incident.labels);
  evidence = incident.evidence;
  group_key = incident.group_key;
  resolution = to_string(incident.resolution);
  assignee = incident.assignee;
  acknowledged_by = incident.acknowledged_by;
  notify_state = incident.notify_state;
}

}  // namespace holter::catalog
