#include "notify/message_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <stdexcept>

#include <fmt/format.h>

namespace holter::notify {
namespace {

namespace json = boost::json;
using model::Alert;
using model::Labels;

constexpr int kVersion = 1;
constexpr std::size_t kDeepest = 8;
constexpr std::int64_t kLatest = 253'402'300'799'999;  // the end of the year 9999

json::object labels_json(const Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

json::object alert_json(const Alert& alert) {
  return {{"labels", labels_json(alert.labels)},
          {"annotations", labels_json(alert.annotations)},
          {"starts", epoch_ms(alert.starts)},
          {"ends", epoch_ms(alert.ends)},
          {"resolution", static_cast<int>(alert.resolution)},
          {"generator_url", alert.generator_url}};
}

std::string write(const Message& m, std::size_t count) {
  json::array alerts;
  for (std::size_t i = 0; i < count; ++i) alerts.push_back(alert_json(m.alerts[i]));
  return json::serialize(json::object{{"version", kVersion},
                                      {"key", m.key},
                                      {"group", m.group},
                                      {"receiver", m.receiver},
                                      {"firing", m.firing},
                                      {"severity", to_string(m.severity)},
                                      {"title", m.title},
                                      {"text", m.text},
                                      {"html", m.html},
                                      {"url", m.url},
                                      {"group_labels", labels_json(m.group_labels)},
                                      {"common_labels", labels_json(m.common_labels)},
                                      {"common_annotations", labels_json(m.common_annotations)},
                                      {"alerts", std::move(alerts)},
                                      {"left_out", m.left_out + m.alerts.size() - count}});
}

Error broken(std::string_view what) {
  return {ErrorCode::kCorruption, fmt::format("cannot read a stored message: {}", what)};
}

// The library's at() throws for what is missing or of another type; message_from_json() catches.

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

Labels labels_at(const json::object& object, std::string_view name) {
  Labels labels;
  for (const auto& [key, value] : object.at(name).as_object()) labels.emplace_back(key, std::string(value.as_string()));
  std::ranges::sort(labels);
  return labels;
}

WallTime time_at(const json::object& object, std::string_view name) {
  auto ms = object.at(name).as_int64();
  if (ms < 0 || ms > kLatest) throw std::out_of_range("a time");
  return WallTime(milliseconds(ms));
}

Result<Alert> alert_of(const json::object& object) {
  Alert alert;
  alert.labels = labels_at(object, "labels");
  alert.annotations = labels_at(object, "annotations");
  alert.fingerprint = model::fingerprint_of(alert.labels);
  alert.starts = time_at(object, "starts");
  alert.ends = time_at(object, "ends");
  auto resolution = object.at("resolution").as_int64();
  if (resolution < 0 || resolution >= static_cast<std::int64_t>(model::kResolutions)) return broken("a resolution");
  alert.resolution = static_cast<model::Resolution>(resolution);
  alert.generator_url = text_at(object, "generator_url");
  return alert;
}

Result<Message> message_of(const json::object& object) {
  if (object.at("version").as_int64() != kVersion) return broken("its version");
  auto severity = model::parse_severity(text_at(object, "severity"));
  if (!severity) return broken("its severity");
  Message m;
  m.severity = *severity;
  m.key = text_at(object, "key");
  m.group = text_at(object, "group");
  m.receiver = text_at(object, "receiver");
  m.firing = object.at("firing").as_bool();
  m.title = text_at(object, "title");
  m.text = text_at(object, "text");
  m.html = text_at(object, "html");
  m.url = text_at(object, "url");
  m.group_labels = labels_at(object, "group_labels");
  m.common_labels = labels_at(object, "common_labels");
  m.common_annotations = labels_at(object, "common_annotations");
  m.left_out = object.at("left_out").to_number<std::size_t>();
  const auto& alerts = object.at("alerts").as_array();
  if (alerts.size() > Message::kMostAlerts) return broken("more alerts than a message has");
  for (const auto& alert : alerts) {
    TRY(m.alerts.emplace_back(), alert_of(alert.as_object()));
  }
  return m;
}

}  // namespace

Result<std::string> to_json(const Message& message) {
  for (auto count = std::min(message.alerts.size(), Message::kMostAlerts);; count /= 2) {
    auto text = write(message, count);
    if (text.size() <= kMostMessageBytes) return text;
    if (count == 0)
      return Error(ErrorCode::kResourceExhausted, fmt::format("cannot store a message of {} bytes; {} KiB is the most",
                                                              text.size(), kMostMessageBytes / 1024));
  }
}

Result<Message> message_from_json(std::string_view text) try {
  if (text.size() > kMostMessageBytes) return broken("it is too long");
  json::error_code failure;
  auto value = json::parse(text, failure, {}, {.max_depth = kDeepest});
  if (failure || !value.is_object()) return broken("it is no JSON object");
  return message_of(value.as_object());
} catch (const std::bad_alloc&) {
  return Error(ErrorCode::kResourceExhausted, "cannot read a stored message: no memory");
} catch (const std::exception& failure) {
  return broken(failure.what());
}

}  // namespace holter::notify
