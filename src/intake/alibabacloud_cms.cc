// The callback of threshold alerts of Alibaba Cloud's CloudMonitor ("Use the alert callback feature to send
// notifications about threshold-triggered alerts"): a form, in older rules JSON with the same names.
#include <algorithm>

#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

/// What has no value comes as "null".
std::string value_of(const json::value& form, std::string_view name) {
  auto found = text(form, name);
  return found == "null" ? "" : found;
}

/// "{userId=12****, instanceId=i-12****}": the thing that the alert is about. The account's number is the same for all.
void add_dimensions(std::string_view written, Draft& draft) {
  if (!written.starts_with('{') || !written.ends_with('}')) return;
  written = written.substr(1, written.size() - 2);
  while (!written.empty()) {
    auto end = std::min(written.find(','), written.size());
    auto pair = written.substr(0, end);
    written.remove_prefix(std::min(end + 1, written.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    auto split = pair.find('=');
    if (split == std::string_view::npos || split == 0) continue;
    auto name = pair.substr(0, split), value = pair.substr(split + 1);
    if (name == "instanceId") draft.label("instance", std::string(value));
    if (name != "userId") draft.label(name, std::string(value));
    if (draft.labels.size() > 2 * kMostLabels) return;  // too many already: the alert is refused for it
  }
}

/// The same as older rules write it: [{"userId": "12****", "instanceId": "i-12****"}].
void add_dimensions(const json::array& list, Draft& draft) {
  for (const auto& object : list) {
    if (!object.is_object()) continue;
    draft.label("instance", text(object, "instanceId"));
    for (const auto& [name, value] : object.get_object())
      if (auto written = scalar(value); written && std::string_view(name) != "userId")
        draft.label(std::string(name), std::move(*written));
  }
}

Result<Draft> read_callback(const json::value& form) {
  Draft draft;
  auto state = value_of(form, "alertState");
  if (state == "ALERT" || state == "ALARM")
    draft.state = State::kFiring;
  else if (state == "OK")
    draft.state = State::kResolved;
  else
    return Error(ErrorCode::kInvalidArgument, state == "INSUFFICIENT_DATA"
                                                  ? "its state is INSUFFICIENT_DATA: neither an alert nor its end"
                                                  : "its 'alertState' is neither 'ALERT' nor 'OK'");
  draft.label("alertname", value_of(form, "alertName"));
  draft.label("rule_id", value_of(form, "ruleId"));
  draft.label("metric", value_of(form, "rawMetricName"));
  draft.label("metric", value_of(form, "metricName"));
  draft.label("namespace", value_of(form, "namespace"));
  draft.label("namespace", value_of(form, "metricProject"));
  draft.label("region", value_of(form, "regionId"));
  if (const auto* dimensions = member(form, "dimensions"); dimensions != nullptr && dimensions->is_array())
    add_dimensions(dimensions->get_array(), draft);
  else
    add_dimensions(value_of(form, "dimensions"), draft);
  draft.label("instance", value_of(form, "instanceName"));  // behind the dimensions: only where they have none
  // The level of an end is OK; that of the alert which ended is the one before, so that both have the same labels.
  auto level = value_of(form, draft.state == State::kFiring ? "triggerLevel" : "preTriggerLevel");
  draft.severity = level;
  auto unit = value_of(form, "unit"), value = value_of(form, "curValue");
  auto object = value_of(form, "instanceName");
  draft.annotate("summary", value_of(form, "alertName") + (object.empty() ? "" : ": " + object));
  draft.annotate("description", fmt::format("{} {} (now {}{})", value_of(form, "metricName"),
                                            value_of(form, "expression"), value, unit));
  draft.annotate("value", value);
  draft.annotate("object", object);
  draft.annotate("lasts", value_of(form, "lastTime"));
  TRY(auto time, time_of(form, "timestamp"));
  (draft.state == State::kFiring ? draft.starts : draft.ends) = time;
  return draft;
}

}  // namespace

Status read_alibabacloud_cms(const Body& body, Taker& taker) {
  if (!body.value.is_object()) return not_of_form("it is not an object");
  return taker.take("alert", read_callback(body.value));
}

}  // namespace holter::intake
