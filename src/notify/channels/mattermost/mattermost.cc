#include <array>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "webhook_url",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Webhook address",
          .title_zh = "Webhook 地址",
          .help_en = "https://server/hooks/... of an incoming webhook.",
          .help_zh = "Incoming Webhook 的 https://server/hooks/... 地址。",
          .decides_peer = true},
    Field{.name = "channel",
          .title_en = "Channel",
          .title_zh = "频道",
          .help_en = "Another one than the webhook's: its name in the address, or @user.",
          .help_zh = "与 Webhook 默认频道不同时填写：地址中的频道名，或 @用户名。"},
    Field{.name = "username", .title_en = "Shown as", .title_zh = "显示名称"},
    Field{.name = "mentions",
          .type = Type::kLines,
          .title_en = "Mentions",
          .title_zh = "提醒",
          .help_en = "Names of users, here, channel or all; one a line.",
          .help_zh = "用户名、here、channel 或 all，每行一个。"},
};

/// A post has at most 16383 characters; the attachment's text is one of its parts.
constexpr Limit kMostText = characters(15'000), kMostTitle = characters(500);

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  if (is_success(answer)) return one_line(answer.body) == "ok" ? outcome : unreadable(answer);
  if (auto object = parse_object(answer.body))
    outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "id"), 80),
                                 one_line(member_text(*object, "message")));
  return outcome;
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  boost::json::object attachment{{"fallback", cut(message.title, kMostTitle)},
                                 {"color", color_text(message)},
                                 {"title", cut(message.title, kMostTitle)},
                                 {"text", cut(message.text, kMostText)}};
  if (!message.url.empty()) attachment["title_link"] = message.url;
  boost::json::object body{{"attachments", boost::json::array{std::move(attachment)}}};
  std::string mentions;
  for (auto one : split_list(settings.get("mentions"))) mentions += fmt::format("@{} ", one);
  if (!mentions.empty()) body["text"] = mentions;
  if (auto channel = settings.get("channel"); !channel.empty()) body["channel"] = boost::json::string(channel);
  if (auto name = settings.get("username"); !name.empty()) body["username"] = boost::json::string(name);
  return body;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  co_return co_await deliver(json_call(std::string(settings.get("webhook_url")), body_of(message, settings)),
                             Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{
    .name = "mattermost",
    .title_en = "Mattermost",
    .title_zh = "Mattermost",
    .fields = kFields,
    .format = BodyFormat::kMarkdown,
    .most_text = 15'000,
    .send = send,
    .check = [](const Settings& settings) { return check_secret_url(settings, "webhook_url"); }};

}  // namespace

const PluginInfo& mattermost_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
