// The callback of metric alarms of Volcengine's (and BytePlus's) Cloud Monitor ("Request content of metric alarm
// callback"): a strategy with the resources that it fires and recovers for, each of which is an alert.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

struct Kind {
  std::string_view list;
  State state;
  bool no_data;  ///< an alarm of its own for the same resource
};
constexpr Kind kKinds[] = {
    {"Resources", State::kFiring, false},
    {"RecoveredResources", State::kResolved, false},
    {"NoDataResources", State::kFiring, true},
    {"NoDataRecoveredResources", State::kResolved, true},
};

/// "CpuTotal > 90 % (now 97.1 %); ..." of the metrics of a resource.
std::string metrics_of(const json::value& resource, std::string_view list) {
  std::string out;
  const auto* metrics = member(resource, list);
  if (metrics == nullptr || !metrics->is_array()) return out;
  for (const auto& metric : metrics->get_array()) {
    if (out.size() > kMostAnnotationText) break;  // cut there anyhow
    if (!out.empty()) out += "; ";
    auto unit = text(metric, "Unit");
    out += first_text(metric, {"TriggerCondition", "Name"});
    if (auto limit = text(metric, "Threshold"); !limit.empty()) out += fmt::format(", threshold {} {}", limit, unit);
    if (auto now = text(metric, "CurrentValue"); !now.empty()) out += fmt::format(", now {} {}", now, unit);
  }
  return out;
}

Result<Draft> read_resource(const json::value& alarm, const json::value& resource, const Kind& kind) {
  if (!resource.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(resource)));
  Draft draft;
  draft.state = kind.state;
  draft.label("alertname", text(alarm, "RuleName"));
  draft.label("rule_id", text(alarm, "RuleId"));
  draft.label("namespace", text(alarm, "Namespace"));
  draft.label("sub_namespace", text(alarm, "SubNamespace"));
  draft.label("instance", first_text(resource, {"Id", "Name"}));
  draft.label("region", text(resource, "Region"));
  if (kind.no_data) draft.label("no_data", "true");
  if (const auto* dimensions = member(resource, "Dimensions"); dimensions != nullptr && dimensions->is_array())
    for (const auto& dimension : dimensions->get_array())
      if (auto name = text(dimension, "Name"); !name.empty()) draft.label(name, text(dimension, "Value"));
  draft.severity = text(alarm, "Level");
  draft.annotate("summary", fmt::format("{}: {}", text(alarm, "RuleName"), first_text(resource, {"Name", "Id"})));
  draft.annotate("description", metrics_of(resource, kind.no_data ? "NoDataMetrics" : "Metrics"));
  draft.annotate("rule_condition", text(alarm, "RuleCondition"));
  draft.annotate("resource", text(resource, "Name"));
  draft.annotate("project", text(resource, "ProjectName"));
  TRY(draft.starts, time_of(resource, "FirstAlertTime"));
  if (!draft.starts && kind.state == State::kFiring) {
    TRY(draft.starts, time_of(alarm, "HappenedAt", std::chrono::minutes(8 * 60)));
  }
  if (kind.state == State::kResolved) {
    TRY(draft.ends, time_of(alarm, "HappenedAt", std::chrono::minutes(8 * 60)));
    // HappenedAt may be that of the alarm rather than of its recovery.
    if (draft.starts && draft.ends && *draft.ends < *draft.starts) draft.ends.reset();
  }
  return draft;
}

}  // namespace

Status read_volcengine(const Body& body, Taker& taker) {
  if (!body.value.is_object()) return not_of_form("it is not an object");
  if (auto type = text(body.value, "Type"); type == "Event") {
    taker.refuse("Type", "the callback of an event, whose form is not known here; only those of metrics are taken");
    return {};
  }
  bool any = false;
  for (const auto& kind : kKinds) {
    const auto* list = member(body.value, kind.list);
    if (list == nullptr) continue;
    any = true;
    if (!list->is_array()) return not_of_form(fmt::format("'{}' is {}, not a list", kind.list, kind_of(*list)));
    const auto& resources = list->get_array();
    for (std::size_t i = 0; i < resources.size(); ++i)
      TRY_OK(taker.take(fmt::format("{}[{}]", kind.list, i), read_resource(body.value, resources[i], kind)));
  }
  return any ? Status() : Status(not_of_form("it has no list of resources"));
}

}  // namespace holter::intake
