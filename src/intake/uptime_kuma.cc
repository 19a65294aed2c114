// The notification "Webhook" of Uptime Kuma with the body "Preset - application/json": {heartbeat, monitor, msg}.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

/// `url` has a value for monitors of every type: the input's default, where it is of no use.
std::string instance_of(const json::value& monitor) {
  auto url = text(monitor, "url");
  if (!url.empty() && url != "https://" && url != "http://") return url;
  auto host = text(monitor, "hostname"), port = text(monitor, "port");
  if (host.empty()) return text(monitor, "name");
  return port.empty() ? host : fmt::format("{}:{}", host, port);
}

void add_tags(const json::value& monitor, Draft& draft) {
  const auto* tags = member(monitor, "tags");
  if (tags == nullptr || !tags->is_array()) return;
  for (const auto& tag : tags->get_array()) {
    auto name = text(tag, "name"), value = text(tag, "value");
    if (!name.empty()) draft.label(name, value.empty() ? "true" : value);
  }
}

Result<Draft> read_beat(const json::value& body, const json::value& beat, const json::value& monitor) {
  Draft draft;
  auto status = text(beat, "status");
  if (status == "0")
    draft.state = State::kFiring;
  else if (status == "1")
    draft.state = State::kResolved;
  else
    return Error(ErrorCode::kInvalidArgument, status == "2"   ? "it is pending: not decided yet"
                                              : status == "3" ? "its monitor is in maintenance"
                                                              : "'heartbeat.status' is none of 0, 1, 2 and 3");
  draft.mapped = model::Severity::kCritical;  // Uptime Kuma knows up and down only
  draft.label("alertname", "MonitorDown");
  draft.label("monitor", text(monitor, "name"));
  draft.label("instance", instance_of(monitor));
  draft.label("monitor_id", first_text(monitor, {"id"}));
  draft.label("monitor_type", text(monitor, "type"));
  add_tags(monitor, draft);
  draft.annotate("summary", text(body, "msg"));
  draft.annotate("description", text(beat, "msg"));
  TRY(auto time, time_of(beat, "time", std::chrono::minutes(0)));  // UTC, without saying so
  (draft.state == State::kFiring ? draft.starts : draft.ends) = time;
  return draft;
}

}  // namespace

Status read_uptime_kuma(const Body& body, Taker& taker) {
  if (!body.value.is_object()) return not_of_form("it is not an object");
  const auto* beat = member(body.value, "heartbeat");
  const auto* monitor = member(body.value, "monitor");
  if (beat != nullptr && monitor != nullptr) return taker.take("heartbeat", read_beat(body.value, *beat, *monitor));
  if (text(body.value, "msg").empty()) return not_of_form("it has no 'heartbeat', 'monitor' or 'msg'");
  // The button Test, and the notice that a certificate ends soon.
  taker.refuse("msg", "a message without a heartbeat of a monitor");
  return {};
}

}  // namespace holter::intake
