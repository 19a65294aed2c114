// The custom webhook of Simple Log Service's alerting with the variables of its alert templates by their names
// ("Variables in alert templates (new version)"): one alert, or a list of them.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

/// critical, high, medium, low, report only.
std::optional<model::Severity> numbered(std::string_view number) {
  using model::Severity;
  if (number == "10" || number == "8") return Severity::kCritical;
  if (number == "6") return Severity::kWarning;
  if (number == "4" || number == "2") return Severity::kInfo;
  return std::nullopt;
}

Result<Draft> read_alert(const json::value& alert) {
  if (!alert.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(alert)));
  Draft draft;
  auto status = text(alert, "status");
  if (status != "firing" && status != "resolved")
    return Error(ErrorCode::kInvalidArgument, "its 'status' is neither 'firing' nor 'resolved'");
  draft.state = status == "firing" ? State::kFiring : State::kResolved;
  draft.label("alertname", text(alert, "alert_name"));
  draft.label("alert_id", text(alert, "alert_id"));
  draft.label("project", text(alert, "project"));
  draft.label("region", text(alert, "region"));
  TRY(auto labels, labels_of(member(alert, "labels"), "labels", true));
  for (auto& [name, value] : labels) draft.label(name, std::move(value));
  draft.label("instance", text(alert, "project"));  // behind the labels: only where they have none
  draft.severity = text(alert, "severity");
  draft.mapped = numbered(draft.severity);
  TRY(auto annotations, labels_of(member(alert, "annotations"), "annotations", true));
  // The console's names are title and desc.
  for (auto& [name, value] : annotations)
    draft.annotate(name == "title" ? "summary" : name == "desc" ? "description" : std::string_view(name), value);
  draft.annotate("summary", text(alert, "alert_name"));
  draft.annotate("description", text(alert, "condition"));
  draft.annotate("alert_instance_id", text(alert, "alert_instance_id"));
  draft.annotate("query_url", text(alert, "query_url"));
  draft.annotate("dashboard_url", text(alert, "dashboard_url"));
  draft.url = first_text(alert, {"alert_url", "query_url", "dashboard_url"});
  TRY(draft.starts, time_of(alert, "fire_time"));
  TRY(draft.ends, time_of(alert, "resolve_time"));
  return draft;
}

}  // namespace

Status read_alibabacloud_sls(const Body& body, Taker& taker) {
  if (body.value.is_object() && member(body.value, "alerts") == nullptr)
    return taker.take("alert", read_alert(body.value));
  const auto* alerts = body.value.if_array();
  if (alerts == nullptr) {
    TRY(alerts, list_of(body.value, "alerts"));
  }
  for (std::size_t i = 0; i < alerts->size(); ++i) TRY_OK(taker.take(fmt::format("[{}]", i), read_alert((*alerts)[i])));
  return {};
}

}  // namespace holter::intake
