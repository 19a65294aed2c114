#include "notify/digest.h"

#include <map>

#include <fmt/format.h>

#include "base/hash.h"
#include "notify/message_json.h"
#include "notify/presets.h"

namespace holter::notify {
namespace {

std::string escaped(std::string_view text, BodyFormat format) {
  if (format != BodyFormat::kHtml) return std::string(text);
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

/// The newest word on each alert, firing ones first.
void take_alerts(Message& digest, const std::vector<Message>& messages) {
  std::map<model::Labels, const model::Alert*> newest;
  for (const auto& message : messages) {
    digest.left_out += message.left_out;
    for (const auto& alert : message.alerts) newest[alert.labels] = &alert;
  }
  for (bool firing : {true, false})
    for (const auto& [labels, alert] : newest) {
      if (alert->firing() != firing) continue;
      if (digest.alerts.size() < Message::kMostAlerts)
        digest.alerts.push_back(*alert);
      else
        ++digest.left_out;
    }
}

}  // namespace

Message digest_of(const std::vector<Message>& messages, const PluginInfo& channel) {
  Message digest;
  std::string lines, html;
  for (const auto& message : messages) {
    bool worse = message.firing && (!digest.firing || message.severity > digest.severity);
    if (worse || (!digest.firing && message.severity > digest.severity)) digest.severity = message.severity;
    digest.firing = digest.firing || message.firing;
    lines += fmt::format("- {}\n", message.title);
    html += fmt::format("<li>{}</li>\n", escaped(message.title, BodyFormat::kHtml));
  }
  digest.receiver = messages.back().receiver;
  digest.group = "digest " + digest.receiver;
  digest.url = messages.back().url;
  digest.title = fmt::format("{} notifications in one", messages.size());
  digest.text = cut_text(fmt::format("{} notifications came at once:\n{}", messages.size(), lines), channel.most_text);
  if (channel.format == BodyFormat::kHtml)
    digest.html = fmt::format("<p>{} notifications came at once:</p>\n<ul>\n{}</ul>\n", messages.size(), html);
  take_alerts(digest, messages);
  return digest;
}

Result<Entry> digest_entry(const std::vector<Entry>& members, const PluginInfo& channel, WallTime now) {
  std::vector<Message> messages;
  auto hash = kHashSeed;
  for (const auto& member : members) {
    TRY(messages.emplace_back(), message_from_json(member.message));
    hash = hash_step(hash, member.key);
  }
  auto message = digest_of(messages, channel);
  message.key = fmt::format("digest-{:016x}", mix64(hash));
  Entry entry{.key = message.key,
              .receiver = members.back().receiver,
              .channel = std::string(channel.name),
              .group = message.group,
              .next_at = now,
              .created = now,
              .since = now};
  TRY(entry.message, to_json(message));
  return entry;
}

}  // namespace holter::notify
