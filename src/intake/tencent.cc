// The callback of alarms of Tencent Cloud Observability Platform ("Alarm Callback Description"): one alarm of a metric
// or an event.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

constexpr std::chrono::minutes kChina(8 * 60);  // times are Beijing's, without saying so

/// Identifiers of the thing that the alarm is about, as the service names them. objName and objDetail are for people,
/// and may differ between an alarm and its recovery.
void add_dimensions(const json::value& dimensions, Draft& draft) {
  draft.label("instance", first_text(dimensions, {"unInstanceId", "instanceId", "instanceid", "deviceId", "objId"}));
  if (!dimensions.is_object()) return;
  for (const auto& [name, value] : dimensions.get_object()) {
    auto written = scalar(value);
    if (written && std::string_view(name) != "objName") draft.label(std::string(name), std::move(*written));
  }
}

/// "CPU utilization > 90% (now 100%)"
std::string condition(const json::value& conditions) {
  auto unit = text(conditions, "calcUnit");
  auto out = first_text(conditions, {"metricShowName", "metricName", "eventShowName", "eventName"});
  if (auto limit = text(conditions, "calcValue"); !limit.empty())
    out += fmt::format(" {} {}{}", text(conditions, "calcType"), limit, unit);
  if (auto now = text(conditions, "currentValue"); !now.empty()) out += fmt::format(" (now {}{})", now, unit);
  return out;
}

Result<Draft> read_alarm(const json::value& alarm) {
  Draft draft;
  auto status = text(alarm, "alarmStatus");
  if (status != "0" && status != "1") return Error(ErrorCode::kInvalidArgument, "its 'alarmStatus' is neither 1 nor 0");
  draft.state = status == "1" ? State::kFiring : State::kResolved;
  const json::value none;
  const auto* object = member(alarm, "alarmObjInfo");
  const auto* policy = member(alarm, "alarmPolicyInfo");
  const auto* conditions = policy != nullptr ? member(*policy, "conditions") : nullptr;
  if (object == nullptr) object = &none;
  if (policy == nullptr) policy = &none;
  if (conditions == nullptr) conditions = &none;
  draft.label("alertname", text(*policy, "policyName"));
  draft.label("policy_id", text(*policy, "policyId"));
  draft.label("metric", text(*conditions, "metricName"));
  draft.label("event", text(*conditions, "eventName"));
  draft.label("namespace", text(*object, "namespace"));
  draft.label("region", text(*object, "region"));
  if (const auto* dimensions = member(*object, "dimensions")) {
    add_dimensions(*dimensions, draft);
    draft.annotate("object", text(*dimensions, "objName"));
  }
  draft.severity = first_text(*conditions, {"alarmLevel"});
  if (draft.severity.empty()) draft.severity = text(alarm, "alarmLevel");
  draft.annotate("summary", fmt::format("{}: {}", text(*policy, "policyName"), condition(*conditions)));
  draft.annotate("description", condition(*conditions));
  draft.annotate("value", text(*conditions, "currentValue"));
  draft.annotate("policy_type", first_text(*policy, {"policyTypeCName", "policyType"}));
  draft.annotate("session_id", text(alarm, "sessionId"));
  TRY(draft.starts, time_of(alarm, "firstOccurTime", kChina));
  TRY(draft.ends, time_of(alarm, "recoverTime", kChina));
  return draft;
}

}  // namespace

Status read_tencent(const Body& body, Taker& taker) {
  if (!body.value.is_object()) return not_of_form("it is not an object");
  return taker.take("alarm", read_alarm(body.value));
}

}  // namespace holter::intake
