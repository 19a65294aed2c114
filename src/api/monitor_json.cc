#include "api/monitor_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/handlers.h"

namespace holter::api {
namespace {

void write_duration(JsonWriter& json, std::int64_t us, bool known) {
  json.key("duration_ms");
  if (known)
    json.value(static_cast<double>(us) / 1000);
  else
    json.null();
}

void write_cell(JsonWriter& json, const Cell& cell) {
  json.begin_object();
  json.member("field", cell.field);
  json.member("unit", cell.unit);
  json.member("type", cell.is_number ? "number" : "text");
  json.key("value");
  if (cell.is_number)
    json.value(cell.number);
  else
    json.value(cell.text);
  json.member("series", cell.series);
  json.end_object();
}

void write_texts(JsonWriter& json, std::string_view name, const model::Labels& texts) {
  json.key(name);
  json.begin_object();
  for (const auto& [key, value] : texts) json.member(key, value);
  json.end_object();
}

void write_text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty())
    json.null();
  else
    json.value(text);
}

void write_parents(JsonWriter& json, const std::vector<ParentState>& parents) {
  json.key("parents");
  json.begin_array();
  for (const auto& parent : parents) {
    json.begin_object();
    json.key("id");
    if (parent.id)
      json.id(parent.id->value);
    else
      json.null();
    json.member("name", parent.name);
    json.member("state", model::to_string(parent.state));
    json.end_object();
  }
  json.end_array();
}

void write_ownership(JsonWriter& json, const std::optional<Ownership>& ownership) {
  json.key("version");
  if (ownership)
    json.value(ownership->version);
  else
    json.null();
  const Ownership none;
  const auto& known = ownership ? *ownership : none;
  json.member("description", known.description);
  write_texts(json, "annotations", known.annotations);
  json.time_member("created", known.created_ms);
  write_text_or_null(json, "created_by", known.created_by);
  json.time_member("updated", known.updated_ms);
  write_text_or_null(json, "updated_by", known.updated_by);
}

}  // namespace

void write_row_members(JsonWriter& json, const MonitorRow& row) {
  bool checked = row.last_check_ms != 0;
  json.key("id");
  json.id(row.id.value);
  json.member("name", row.name);
  json.member("app", row.app);
  json.key("labels");
  json.begin_object();
  for (const auto& [key, value] : *row.labels) json.member(key, value);
  json.end_object();
  json.member("criticality", model::to_string(row.criticality));
  json.member("state", model::to_string(row.state));
  json.member("owner", row.in_file ? "file" : "api");
  json.key("paused_by");
  if (row.state != model::State::kPaused)
    json.null();
  else
    json.value(row.paused_for_memory ? "memory" : row.faulty ? "fault" : "user");
  json.time_member("since", row.since_ms);
  json.time_member("last_check", row.last_check_ms);
  json.time_member("next_check", row.next_check_ms);
  json.member("interval_ms", row.interval_ms);
  write_duration(json, row.duration_us, checked);
  json.key("code");
  if (checked)
    json.value(model::to_string(row.code));
  else
    json.null();
  json.member("message", row.message);
  json.member("folder", row.folder);
  write_text_or_null(json, "unreachable_because", row.unreachable_because);
}

void write_counts(JsonWriter& json, std::size_t monitors, const model::StateCounts& by_state) {
  auto count_of = [&](model::State state) { return by_state[static_cast<std::size_t>(state)]; };
  json.member("monitors", monitors);
  json.key("states");
  json.begin_object();
  for (std::size_t i = 0; i < model::kStates; ++i)
    json.member(model::to_string(static_cast<model::State>(i)), by_state[i]);
  json.end_object();
  json.key("worst");
  const auto* worst = std::ranges::find_if(model::kWorstFirst, [&](auto state) { return count_of(state) > 0; });
  if (worst == model::kWorstFirst.end())
    json.null();
  else
    json.value(model::to_string(*worst));
}

void write_set(JsonWriter& json, const SetResult& set) {
  json.begin_object();
  json.member("set", set.set);
  json.member("priority", set.priority);
  json.time_member("time", set.time_ms);
  write_duration(json, set.duration_us, set.time_ms != 0);
  json.key("code");
  if (set.time_ms != 0)
    json.value(model::to_string(set.code));
  else
    json.null();
  json.member("message", set.message);
  json.key("rows");
  json.begin_array();
  for (const auto& row : set.rows) {
    json.begin_object();
    json.member("labels", row.labels);
    json.key("cells");
    json.begin_array();
    for (const auto& cell : row.cells) write_cell(json, cell);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_params(JsonWriter& json, const std::vector<ParamValue>& params) {
  json.begin_object();
  for (const auto& param : params) {
    json.key(param.field);
    if (!param.secret) {
      json.value(param.value);
      continue;
    }
    json.begin_object();
    json.member("set", true);
    json.end_object();
  }
  json.end_object();
}

bool may_see(const Context& context, const MonitorRow& row) {
  return context.who->role_in(row.folder) >= access::Role::kViewer;
}

bool may_see(const Context& context, MonitorId id) {
  if (context.who->role() >= access::Role::kViewer) return true;  // in all folders
  auto detail = context.backend->monitor(id);
  return detail && may_see(context, detail->row);
}

Response no_monitor(const Context& context, const Request& request) {
  return problem_response({404, fmt::format("cannot find the monitor {}", request.id), "id", 0}, *context.bodies);
}

std::string entity_tag(const Ownership& ownership) {
  return fmt::format("\"{}\"", ownership.version);
}

Response monitor_response(const Context& context, const MonitorDetail& detail, unsigned status) {
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object();
  write_row_members(json, detail.row);
  json.key("params");
  write_params(json, detail.params);
  write_text_or_null(json, "cron", detail.cron);
  write_text_or_null(json, "timezone", detail.timezone);
  write_text_or_null(json, "file", detail.file);
  write_parents(json, detail.parents);
  write_ownership(json, detail.ownership);
  json.end_object();
  if (detail.ownership) response.headers.emplace_back("ETag", entity_tag(*detail.ownership));
  return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
