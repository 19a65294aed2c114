#include "api/alert_json.h"
#include "api/json_members.h"

// Incidents and notifications, as alert_json.h declares them.
namespace holter::api {
namespace {

void write_texts(JsonWriter& json, std::string_view name, const model::Labels& texts) {
  json.key(name);
  json.begin_object();
  for (const auto& [key, value] : texts) json.member(key, value);
  json.end_object();
}

void write_note(JsonWriter& json, const IncidentNote& note) {
  json.member("id", note.id);
  json.time_member("time", note.time_ms);
  json.member("kind", note.kind);
  write_text_or_null(json, "who", note.who);
  json.member("text", note.text);
}

void write_decision(JsonWriter& json, const NotifyDecision& decision) {
  json.time_member("time", decision.time_ms);
  json.time_member("until", decision.until_ms);
  json.member("verdict", decision.verdict);
  write_text_or_null(json, "route", decision.route);
  json.member("text", decision.text);
  write_list(json, "receivers", decision.receivers);
}

void write_attempt(JsonWriter& json, const NotificationAttempt& attempt) {
  json.time_member("time", attempt.time_ms);
  json.member("duration_ms", attempt.duration_ms);
  json.member("outcome", attempt.outcome);
  json.member("answer", attempt.answer);
}

std::size_t bytes_of(const model::Labels& labels) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : labels) bytes += sizeof labels[0] + name.size() + value.size();
  return bytes;
}

}  // namespace

void write_incident_members(JsonWriter& json, const IncidentRow& row) {
  json.member("id", row.id);
  json.member("fingerprint", row.fingerprint);
  json.member("rule", row.rule);
  json.member("severity", model::to_string(row.severity));
  write_texts(json, "labels", row.labels);
  write_texts(json, "annotations", row.annotations);
  json.key("monitor");
  if (row.monitor.value == 0)
    json.null();
  else
    json.id(row.monitor.value);
  json.member("open", row.ended_ms == 0);
  json.time_member("started", row.started_ms);
  json.time_member("ended", row.ended_ms);
  write_text_or_null(json, "resolution", row.resolution);
  json.member("evidence", row.evidence);
  write_text_or_null(json, "assignee", row.assignee);
  json.time_member("acknowledged", row.acknowledged_ms);
  write_text_or_null(json, "acknowledged_by", row.acknowledged_by);
  json.time_member("snoozed_until", row.snoozed_until_ms);
  write_number_or_null(json, "linked", row.linked);
  write_list(json, "silenced_by", row.silenced_by);
  write_text_or_null(json, "inhibited_by", row.inhibited_by);
  json.member("version", row.version);
}

Response incident_response(const Context& context, const IncidentRow& row) {
  return object_response(context, [&](JsonWriter& json) { write_incident_members(json, row); });
}

Response incident_response(const Context& context, const IncidentDetail& detail) {
  return object_response(context, [&](JsonWriter& json) {
    write_incident_members(json, detail.row);
    write_objects(json, "notes", detail.notes, [&](const IncidentNote& note) { write_note(json, note); });
    write_objects(json, "decisions", detail.decisions,
                  [&](const NotifyDecision& decision) { write_decision(json, decision); });
  });
}

Response incidents_response(const Context& context, const IncidentPage& page) {
  return object_response(context, [&](JsonWriter& json) {
    write_number_or_null(json, "next", page.next.value_or(0));
    json.key("open");
    json.begin_object();
    for (std::size_t i = 0; i < page.open_by_severity.size(); ++i)
      json.member(model::to_string(static_cast<model::Severity>(i)),
                  static_cast<std::uint64_t>(page.open_by_severity[i]));
    json.end_object();
    write_objects(json, "incidents", page.rows, [&](const IncidentRow& row) { write_incident_members(json, row); });
  });
}

void write_notification_members(JsonWriter& json, const NotificationRow& row) {
  json.member("id", row.id);
  json.member("receiver", row.receiver);
  json.member("channel", row.channel);
  json.member("state", row.state);
  json.member("title", row.title);
  json.member("attempts", row.attempts);
  json.time_member("created", row.created_ms);
  json.time_member("updated", row.updated_ms);
  json.time_member("next", row.next_ms);
  json.member("answer", row.answer);
  write_list(json, "incidents", row.incidents);
}

Response notification_response(const Context& context, const NotificationRow& row) {
  return object_response(context, [&](JsonWriter& json) { write_notification_members(json, row); });
}

Response notification_response(const Context& context, const NotificationDetail& detail) {
  return object_response(context, [&](JsonWriter& json) {
    write_notification_members(json, detail.row);
    json.member("text", detail.text);
    write_objects(json, "log", detail.attempts,
                  [&](const NotificationAttempt& attempt) { write_attempt(json, attempt); });
  });
}

Response notifications_response(const Context& context, const NotificationPage& page) {
  return object_response(context, [&](JsonWriter& json) {
    write_number_or_null(json, "next", page.next.value_or(0));
    write_objects(json, "notifications", page.rows,
                  [&](const NotificationRow& row) { write_notification_members(json, row); });
  });
}

std::size_t bytes_of(const IncidentPage& page) {
  std::size_t bytes = 0;
  for (const auto& row : page.rows)
    bytes += sizeof row + bytes_of(row.labels) + bytes_of(row.annotations) + row.rule.size() + row.evidence.size() +
             row.silenced_by.size() * sizeof(std::uint64_t);
  return bytes;
}

std::size_t bytes_of(const NotificationPage& page) {
  std::size_t bytes = 0;
  for (const auto& row : page.rows)
    bytes += sizeof row + row.title.size() + row.answer.size() + row.incidents.size() * sizeof(std::uint64_t);
  return bytes;
}

}  // namespace holter::api
