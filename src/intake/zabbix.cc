// A media type of the kind webhook (or an action's script) in Zabbix posts what its author makes of macros; there is no
// form of the product. The names here are those of the parameters in the product's own webhook media types; the README
// lists them.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

/// A macro that Zabbix did not resolve, or could not, says nothing.
std::string value_of(const json::value& event, std::initializer_list<std::string_view> names) {
  for (auto name : names) {
    auto found = text(event, name);
    bool unresolved = found.starts_with('{') && found.ends_with('}');
    if (!found.empty() && !unresolved && found != "*UNKNOWN*") return found;
  }
  return "";
}

Result<State> state_of_event(const json::value& event) {
  auto word = value_of(event, {"event_value", "event_status", "trigger_status", "status"});
  auto state = state_of(word);
  if (state) return *state;
  return Error(ErrorCode::kInvalidArgument,
               word.empty() ? "it has no 'event_value' ({EVENT.VALUE})" : "its 'event_value' is neither 1 nor 0");
}

/// The numbers of {EVENT.NSEVERITY}.
std::optional<model::Severity> numbered(std::string_view number) {
  using model::Severity;
  if (number == "0" || number == "1") return Severity::kInfo;     // not classified, information
  if (number == "2" || number == "3") return Severity::kWarning;  // warning, average
  if (number == "4") return Severity::kCritical;                  // high
  if (number == "5") return Severity::kEmergency;                 // disaster
  return std::nullopt;
}

/// {EVENT.TAGSJSON}: a list of {tag, value}, or that list in a string. A tag that comes twice has both values.
Status add_tags(const Body& body, const json::value& event, Draft& draft) {
  const auto* tags = member(event, "event_tags");
  std::optional<json::value> parsed;
  if (tags != nullptr && tags->is_string()) {
    auto written = value_of(event, {"event_tags"});
    if (!written.starts_with('[')) return {};  // "{EVENT.TAGS}": for people
    TRY(auto tree, parse_json(written, body.memory));
    tags = &parsed.emplace(std::move(tree));
  }
  if (tags == nullptr || !tags->is_array()) return {};
  model::Labels labels;
  for (const auto& tag : tags->get_array()) {
    auto name = text(tag, "tag"), value = text(tag, "value");
    if (name.empty()) continue;
    auto same = std::ranges::find(labels, name, &model::Labels::value_type::first);
    if (same == labels.end())
      labels.emplace_back(name, value.empty() ? "true" : value);
    else
      same->second += "," + value;
    if (labels.size() > kMostLabels) break;  // one too many: the alert is refused for it
  }
  for (auto& [name, value] : labels) draft.label(name, std::move(value));
  return {};
}

Result<Draft> read_event(const Body& body, const json::value& event) {
  if (!event.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(event)));
  Draft draft;
  TRY(draft.state, state_of_event(event));
  draft.label("alertname", value_of(event, {"event_name", "trigger_name", "alert_subject", "subject"}));
  draft.label("instance", value_of(event, {"host_name", "host", "host_ip", "ip"}));
  draft.label("host_ip", value_of(event, {"host_ip", "ip"}));
  draft.label("trigger_id", value_of(event, {"trigger_id"}));
  TRY_OK(add_tags(body, event, draft));
  draft.severity = value_of(event, {"event_severity", "trigger_severity", "severity", "event_nseverity"});
  if (auto number = value_of(event, {"event_nseverity"}); !number.empty()) draft.mapped = numbered(number);
  draft.annotate("summary", value_of(event, {"alert_subject", "subject", "event_name", "trigger_name"}));
  draft.annotate("description", value_of(event, {"alert_message", "message", "trigger_description"}));
  draft.annotate("value", value_of(event, {"event_opdata", "item_value"}));
  auto event_id = value_of(event, {"event_id"});
  draft.annotate("event_id", event_id);
  auto server = value_of(event, {"zabbix_url"});
  auto trigger = value_of(event, {"trigger_id"});
  if (!server.empty() && !trigger.empty() && !event_id.empty())
    draft.url = fmt::format("{}{}tr_events.php?triggerid={}&eventid={}", server, server.ends_with('/') ? "" : "/",
                            trigger, event_id);
  // event_date and event_time are of the server's zone, which they do not name: without a timestamp, the arrival.
  TRY(draft.starts, parse_time(value_of(event, {"event_timestamp"})));
  TRY(draft.ends, parse_time(value_of(event, {"event_recovery_timestamp"})));
  return draft;
}

}  // namespace

Status read_zabbix(const Body& body, Taker& taker) {
  if (body.value.is_object()) return taker.take("event", read_event(body, body.value));
  const auto* events = body.value.if_array();
  if (events == nullptr) return not_of_form("it is neither an object nor a list");
  for (std::size_t i = 0; i < events->size(); ++i)
    TRY_OK(taker.take(fmt::format("[{}]", i), read_event(body, (*events)[i])));
  return {};
}

}  // namespace holter::intake
