#include "notify/alert_json.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::notify {
namespace {

namespace json = boost::json;

/// Of Alertmanager: an alert that fires has not ended.
constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";

std::string_view status_of(bool firing) {
  return firing ? "firing" : "resolved";
}

std::string fingerprint(const model::Alert& alert) {
  return fmt::format("{:016x}", alert.fingerprint.value);
}

json::object holter_alert(const model::Alert& alert) {
  json::object object{{"fingerprint", fingerprint(alert)},
                      {"status", status_of(alert.firing())},
                      {"labels", labels_object(alert.labels)},
                      {"annotations", labels_object(alert.annotations)},
                      {"starts_at", format_time(alert.starts)},
                      {"ends_at", nullptr},
                      {"resolution", nullptr},
                      {"url", alert.generator_url}};
  if (!alert.firing()) {
    object["ends_at"] = format_time(alert.ends);
    object["resolution"] = to_string(alert.resolution);
  }
  return object;
}

json::object alertmanager_alert(const model::Alert& alert) {
  return {{"status", status_of(alert.firing())},
          {"labels", labels_object(alert.labels)},
          {"annotations", labels_object(alert.annotations)},
          {"startsAt", format_time(alert.starts)},
          {"endsAt", alert.firing() ? std::string(kNoTime) : format_time(alert.ends)},
          {"generatorURL", alert.generator_url},
          {"fingerprint", fingerprint(alert)}};
}

/// `{}:{alertname="HostDown"}`, in the form of Alertmanager's group keys.
std::string group_key(const Message& message) {
  std::string labels;
  for (const auto& [name, value] : message.group_labels)
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", name, json::serialize(json::value(value)));
  return fmt::format("{{}}:{{{}}}", labels);
}

}  // namespace

json::object labels_object(const model::Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

std::string holter_json(const Message& message) {
  json::array alerts;
  for (const auto& alert : message.alerts) alerts.push_back(holter_alert(alert));
  return json::serialize(json::object{{"version", "1"},
                                      {"key", message.key},
                                      {"group", message.group},
                                      {"receiver", message.receiver},
                                      {"status", status_of(message.firing)},
                                      {"severity", to_string(message.severity)},
                                      {"title", message.title},
                                      {"text", message.text},
                                      {"url", message.url},
                                      {"group_labels", labels_object(message.group_labels)},
                                      {"common_labels", labels_object(message.common_labels)},
                                      {"common_annotations", labels_object(message.common_annotations)},
                                      {"alerts", std::move(alerts)},
                                      {"left_out", message.left_out}});
}

std::string alertmanager_json(const Message& message) {
  json::array alerts;
  for (const auto& alert : message.alerts) alerts.push_back(alertmanager_alert(alert));
  return json::serialize(json::object{{"version", "4"},
                                      {"groupKey", group_key(message)},
                                      {"truncatedAlerts", message.left_out},
                                      {"status", status_of(message.firing)},
                                      {"receiver", message.receiver},
                                      {"groupLabels", labels_object(message.group_labels)},
                                      {"commonLabels", labels_object(message.common_labels)},
                                      {"commonAnnotations", labels_object(message.common_annotations)},
                                      {"externalURL", message.url},
                                      {"alerts", std::move(alerts)}});
}

}  // namespace holter::notify
