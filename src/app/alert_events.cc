#include "app/alert_events.h"

#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace holter::app {
namespace {

/// At most kLongest bytes, and no sequence of UTF-8 cut in two.
std::string cut(std::string_view text) {
  if (text.size() <= AlertEvents::kLongest) return std::string(text);
  auto size = AlertEvents::kLongest;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

}  // namespace

void AlertEvents::add(api::IncidentChange change, const model::Labels& labels,
                      const model::Labels& annotations) noexcept {
  try {
    change.rule = cut(model::label_of(labels, "alertname"));
    change.severity = model::parse_severity(model::label_of(labels, "severity")).value_or(model::Severity::kInfo);
    if (change.monitor.value != 0) change.folder = folder_of_(change.monitor);
    const auto summary = model::label_of(annotations, "summary");
    const auto monitor = model::label_of(labels, "monitor");
    change.title = cut(!summary.empty()  ? std::string(summary)
                       : monitor.empty() ? change.rule
                                         : fmt::format("{}: {}", change.rule, monitor));
    const bool over = change.action == "closed";
    const auto text =
        fmt::format("{} ({}{}{})", change.title, change.action, change.who.empty() ? "" : " by ", change.who);
    const auto severity = over ? std::string_view("info") : model::to_string(change.severity);
    events_.add(severity, text, std::make_shared<const api::IncidentChange>(std::move(change)));
  } catch (const std::exception&) {
    events_.lose();
  }
}

void AlertEvents::tell(const incidents::IncidentNews& news) noexcept {
  try {
    add({.id = news.id.value, .action = std::string(news.action), .monitor = news.monitor, .text = cut(news.text)},
        news.alert.labels, news.alert.annotations);
  } catch (const std::exception&) {
    events_.lose();
  }
}

void AlertEvents::tell(const catalog::Incident& incident, std::string_view action, std::string_view who,
                       std::string_view text) noexcept {
  try {
    add({.id = incident.id.value,
         .action = std::string(action),
         .monitor = incident.monitor,
         .who = std::string(who),
         .text = cut(text)},
        incident.labels, incident.annotations);
  } catch (const std::exception&) {
    events_.lose();
  }
}

void AlertEvents::tell(const notify::Outbox::Dead& dead) noexcept {
  try {
    api::DeadNotification notification{.id = dead.id.value,
                                       .receiver = std::string(dead.receiver),
                                       .channel = std::string(dead.channel),
                                       .title = cut(dead.title),
                                       .answer = cut(dead.why)};
    const auto text =
        fmt::format("'{}' was not told by {}: {}", notification.receiver, notification.channel, notification.answer);
    events_.add("warning", text, std::make_shared<const api::DeadNotification>(std::move(notification)));
  } catch (const std::exception&) {
    events_.lose();
  }
}

}  // namespace holter::app
