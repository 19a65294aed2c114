#include "api/finding_json.h"

namespace holter::api {
namespace {

void write_place(JsonWriter& json, std::string_view name, int place) {
  json.key(name);
  if (place == 0)
    json.null();
  else
    json.value(place);
}

}  // namespace

void write_findings(JsonWriter& json, std::string_view name, const std::vector<define::Problem>& findings) {
  json.key(name);
  json.begin_array();
  for (const auto& finding : findings) {
    json.begin_object();
    json.member("severity", finding.severity == define::Problem::Severity::kError ? "error" : "warning");
    write_place(json, "line", finding.line);
    write_place(json, "column", finding.column);
    json.member("key", finding.key);
    json.member("message", finding.message);
    json.end_object();
  }
  json.end_array();
}

void write_monitors(JsonWriter& json, std::string_view name, const std::vector<Problem::Monitor>& monitors) {
  json.key(name);
  json.begin_array();
  for (const auto& monitor : monitors) {
    json.begin_object();
    json.member("name", monitor.name);
    json.member("reason", monitor.reason);
    json.end_object();
  }
  json.end_array();
}

}  // namespace holter::api
