#include "incidents/message.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "notify/presets.h"

namespace holter::incidents {
namespace {

/// What all of them have, with the same value.
model::Labels common(const std::vector<model::Alert>& alerts, model::Labels model::Alert::* member) {
  if (alerts.empty()) return {};
  auto labels = alerts.front().*member;
  for (const auto& alert : alerts)
    std::erase_if(labels, [&](const auto& label) { return !std::ranges::binary_search(alert.*member, label); });
  return labels;
}

model::Severity severity_of(const model::Alert& alert) {
  return model::parse_severity(model::label_of(alert.labels, "severity")).value_or(model::Severity::kInfo);
}

void add_facts(notify::Message& message) {
  message.firing = std::ranges::any_of(message.alerts, &model::Alert::firing);
  message.severity = model::Severity::kInfo;
  for (const auto& alert : message.alerts)
    if (alert.firing() == message.firing) message.severity = std::max(message.severity, severity_of(alert));
  message.common_labels = common(message.alerts, &model::Alert::labels);
  message.common_annotations = common(message.alerts, &model::Alert::annotations);
}

/// The page has one address.
std::string page_of(std::string_view url) {
  return url.empty() ? "" : std::string(url) + "/";
}

}  // namespace

Status put_texts(notify::Message& message, const ReceiverSpec& receiver, const TemplateSpec* texts, WallTime now) {
  const auto* channel = notify::find_plugin(receiver.channel);
  CHECK(channel != nullptr);  // read_receiver() has looked
  TRY(auto zone, model::LocalTime::in(receiver.zone));
  notify::TextTemplates templates;
  if (texts != nullptr) {
    templates.title = texts->title;
    templates.body = channel->format == notify::BodyFormat::kHtml ? texts->html : texts->text;
  }
  return notify::render_texts(message, *channel, templates, {.zone = zone, .language = receiver.language, .now = now});
}

Result<notify::Message> message_of(const alert::Flush& flush, const ReceiverSpec& receiver, const TemplateSpec* texts,
                                   std::string_view url) {
  notify::Message message;
  message.group = alert::to_string(flush.group);
  message.receiver = receiver.name;
  // The same decision has the same key, also after a crash.
  message.key = fmt::format("{}-{}-{:016x}", message.group, epoch_ms(flush.when), stable_hash(receiver.name));
  message.group_labels = flush.group_labels;
  for (const auto& alert : flush.alerts) {
    if (!alert->firing() && !receiver.send_resolved) continue;
    if (message.alerts.size() < notify::Message::kMostAlerts)
      message.alerts.push_back(*alert);
    else
      ++message.left_out;
  }
  if (message.alerts.empty()) return Error(ErrorCode::kCancelled, "all is resolved, and resolutions are not wanted");
  add_facts(message);
  message.url = page_of(url);
  TRY_OK(put_texts(message, receiver, texts, flush.when));
  return message;
}

Result<notify::Message> escalation_message(const model::Alert& alert, std::size_t step, const ReceiverSpec& receiver,
                                           const TemplateSpec* texts, std::string_view url, WallTime now) {
  notify::Message message;
  message.group = fmt::format("{:016x}", alert.fingerprint.value);
  message.receiver = receiver.name;
  message.key =
      fmt::format("{}-{}-step{}-{:016x}", message.group, epoch_ms(alert.starts), step, stable_hash(receiver.name));
  message.alerts.push_back(alert);
  add_facts(message);
  message.group_labels = message.common_labels;
  message.url = page_of(url);
  TRY_OK(put_texts(message, receiver, texts, now));
  return message;
}

}  // namespace holter::incidents
