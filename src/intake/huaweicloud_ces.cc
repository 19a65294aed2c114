// An alarm of Huawei Cloud Eye (CES), which comes by Simple Message Notification ("HTTP/HTTPS messages"): the message
// is JSON in a string of JSON. Its variables stand in `template_variable`, or (version v1) in `data`.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

constexpr std::chrono::minutes kChina(8 * 60);

/// "rds_instance_id:9a22c728,node:1" of an older message.
std::string dimension_value(std::string_view dimension) {
  auto first = dimension.substr(0, dimension.find(','));
  auto colon = first.find(':');
  return std::string(colon == std::string_view::npos ? first : first.substr(colon + 1));
}

Result<State> state_of_alarm(const json::value& message, const json::value& variables) {
  auto status = text(message, "alarm_status");
  if (status == "alarm") return State::kFiring;
  if (status == "ok") return State::kResolved;
  if (!status.empty()) return Error(ErrorCode::kInvalidArgument, "its 'alarm_status' is neither 'alarm' nor 'ok'");
  const auto* is_alarm = member(variables, "IsAlarm");
  if (is_alarm != nullptr && is_alarm->is_bool()) return is_alarm->get_bool() ? State::kFiring : State::kResolved;
  return Error(ErrorCode::kInvalidArgument, "it has neither 'alarm_status' nor 'IsAlarm'");
}

/// "CPU Usage Avg. >= 80% (now 97.08%)"
std::string condition(const json::value& variables) {
  auto out = fmt::format("{} {} {} {}", text(variables, "MetricName"), text(variables, "Filter"),
                         text(variables, "ComparisonOperator"), text(variables, "Value"));
  if (auto now = text(variables, "CurrentData"); !now.empty()) out += fmt::format(" (now {})", now);
  return out;
}

Result<Draft> read_alarm(const json::value& message, std::string_view subject) {
  const auto* variables = member(message, "template_variable");
  if (variables == nullptr) variables = member(message, "data");
  if (variables == nullptr) variables = &message;
  Draft draft;
  TRY(draft.state, state_of_alarm(message, *variables));
  draft.label("alertname", text(message, "alarm_name"));
  draft.label("alertname", text(*variables, "AlarmRuleName"));
  draft.label("alarm_id", first_text(message, {"alarm_id"}));
  draft.label("alarm_id", text(*variables, "AlarmId"));
  draft.label("namespace", text(message, "namespace"));
  draft.label("namespace", text(*variables, "Namespace"));
  draft.label("metric", text(message, "metric_name"));
  draft.label("metric", text(*variables, "MetricName"));
  draft.label("instance", text(*variables, "ResourceId"));
  draft.label("instance", dimension_value(text(message, "dimension")));
  draft.label("region", first_text(*variables, {"RegionId", "Region"}));
  draft.severity = text(*variables, "AlarmLevel");
  draft.annotate("resource", text(*variables, "ResourceName"));
  draft.annotate("private_ip", text(*variables, "PrivateIp"));
  draft.annotate("public_ip", text(*variables, "PublicIp"));
  draft.annotate("value", text(*variables, "CurrentData"));
  draft.annotate("summary", std::string(subject));
  draft.annotate("description", text(message, "sms_content"));
  draft.annotate("description", condition(*variables));
  draft.url = text(*variables, "Link");
  TRY(auto time, time_of(message, "time"));
  if (!time) {
    TRY(time, time_of(*variables, "AlarmTime", kChina));
  }
  (draft.state == State::kFiring ? draft.starts : draft.ends) = time;
  return draft;
}

}  // namespace

Status read_huaweicloud_ces(const Body& body, Taker& taker) {
  if (!body.value.is_object()) return not_of_form("it is not an object");
  auto type = text(body.value, "type");
  if (type == "SubscriptionConfirmation" || type == "UnsubscribeConfirmation") {
    // Its address is as good as a password for the subscription: it stays out of the reason.
    taker.refuse("message",
                 fmt::format("{}: open the address in its 'subscribe_url' to confirm the subscription", type));
    return {};
  }
  const auto* message = member(body.value, "message");
  if (message == nullptr || !message->is_string()) return not_of_form("it has no string 'message'");
  auto written = text(body.value, "message");
  auto inner = parse_json(written, body.memory);
  if (!inner && inner.error().code() == ErrorCode::kResourceExhausted) return inner.error();
  if (!inner || !inner->is_object()) {
    taker.refuse("message", "it is no JSON object: the notification's template is a text");
    return {};
  }
  return taker.take("message", read_alarm(*inner, text(body.value, "subject")));
}

}  // namespace holter::intake
