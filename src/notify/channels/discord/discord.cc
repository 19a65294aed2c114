#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "webhook_url",
          .type = Type::kPassword,
          .title_en = "Webhook address",
          .title_zh = "Webhook 地址",
          .help_en = "https://discord.com/api/webhooks/...; or else a bot's token and a channel.",
          .help_zh = "https://discord.com/api/webhooks/... 地址；也可改用机器人令牌和频道 ID。",
          .decides_peer = true},
    Field{.name = "bot_token",
          .type = Type::kPassword,
          .title_en = "Bot token",
          .title_zh = "机器人令牌",
          .help_en = "Of a bot that may send messages to the channel.",
          .help_zh = "需有在频道中发送消息的权限。"},
    Field{.name = "channel_id",
          .title_en = "Channel",
          .title_zh = "频道 ID",
          .help_en = "Where the bot writes: the channel's number.",
          .help_zh = "机器人发送消息的频道数字 ID。"},
    Field{.name = "mention_users",
          .type = Type::kLines,
          .title_en = "Users to mention",
          .title_zh = "提醒的用户",
          .help_en = "Numbers of users, one a line.",
          .help_zh = "用户数字 ID，每行一个。"},
    Field{.name = "mention_roles",
          .type = Type::kLines,
          .title_en = "Roles to mention",
          .title_zh = "提醒的角色",
          .help_en = "Numbers of roles, one a line.",
          .help_zh = "角色数字 ID，每行一个。"},
    api_url_field("https://discord.com/api/v10"),
};

constexpr Limit kMostContent = characters(2000), kMostTitle = characters(256), kMostDescription = characters(4096);
constexpr std::size_t kMostNonce = 25;

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    // Without a body: a proxy in between took the answer's, or Discord answered 204.
    if (!object && !answer.body.empty()) return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}", answer.status));
  }
  if (!object) return outcome;
  outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "code"), 60),
                               one_line(member_text(*object, "message")));
  if (outcome.kind == Outcome::Kind::kRetry && !outcome.retry_after)
    outcome.retry_after = member_time(*object, "retry_after", seconds(1));
  return outcome;
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  auto users = split_list(settings.get("mention_users")), roles = split_list(settings.get("mention_roles"));
  std::string mentions;
  for (auto one : users) mentions += fmt::format("<@{}> ", one);
  for (auto one : roles) mentions += fmt::format("<@&{}> ", one);
  boost::json::object embed{{"title", cut(message.title, kMostTitle)},
                            {"description", cut(message.text, kMostDescription)},
                            {"color", color_of(message)}};
  if (!message.url.empty()) embed["url"] = message.url;
  // Nobody else is called, whatever a text has in it.
  return {
      {"content", cut(mentions, kMostContent)},
      {"embeds", boost::json::array{std::move(embed)}},
      {"allowed_mentions", {{"parse", boost::json::array{}}, {"users", to_array(users)}, {"roles", to_array(roles)}}}};
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto body = body_of(message, settings);
  if (auto webhook = settings.get("webhook_url"); !webhook.empty()) {
    // wait: the answer comes when the message is there, not before.
    auto url = fmt::format("{}{}wait=true", webhook, webhook.contains('?') ? '&' : '?');
    co_return co_await deliver(json_call(std::move(url), body), Secrets(kFields, settings), wire, judge);
  }
  auto key = sha256_hex(message.key);
  if (!key) co_return outcome_of(key.error());
  body["nonce"] = key->substr(0, kMostNonce);
  body["enforce_nonce"] = true;  // the same within a few minutes is not sent twice
  auto call = json_call(join_url(settings.get("api_url"),
                                 fmt::format("/channels/{}/messages", percent_encoded(settings.get("channel_id")))),
                        body);
  call.headers.emplace_back("Authorization", fmt::format("Bot {}", settings.get("bot_token")));
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  bool webhook = !settings.get("webhook_url").empty(), bot = !settings.get("bot_token").empty();
  if (webhook == bot)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'webhook_url': fill in either it or 'bot_token'");
  if (bot && settings.get("channel_id").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot use 'bot_token' without 'channel_id'");
  return check_secret_url(settings, "webhook_url");
}

constexpr PluginInfo kPlugin{.name = "discord",
                             .title_en = "Discord",
                             .title_zh = "Discord",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 4096,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& discord_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
