#include <array>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "bot_token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Bot token",
          .title_zh = "机器人令牌",
          .help_en = "What @BotFather answers to /newbot.",
          .help_zh = "@BotFather 创建机器人后返回的令牌。"},
    Field{.name = "chat_id",
          .required = true,
          .title_en = "Chat",
          .title_zh = "会话 ID",
          .help_en = "Number of a user or group (groups begin with a minus), or @name of a channel.",
          .help_zh = "用户或群组的数字 ID（群组以负号开头），或频道的 @名称。"},
    Field{.name = "message_thread_id",
          .type = Type::kNumber,
          .title_en = "Topic",
          .title_zh = "话题 ID",
          .help_en = "Only for groups with topics.",
          .help_zh = "仅用于启用话题的群组。"},
    Field{.name = "silent",
          .type = Type::kBoolean,
          .title_en = "Without sound",
          .title_zh = "静音发送",
          .otherwise = "false"},
    api_url_field("https://api.telegram.org"),
};

constexpr std::size_t kMostCharacters = 4096;

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  const auto* ok = object ? object->if_contains("ok") : nullptr;
  if (ok == nullptr || !ok->is_bool()) return is_success(answer) ? unreadable(answer) : outcome;
  if (is_success(answer))
    return ok->get_bool() ? Outcome::delivered(fmt::format("HTTP {}", answer.status)) : unreadable(answer);
  outcome.answer = fmt::format("HTTP {}: {}", answer.status, one_line(member_text(*object, "description")));
  if (auto after = member_time(*object, "parameters.retry_after", seconds(1));
      after && outcome.kind == Outcome::Kind::kRetry)
    outcome.retry_after = after;
  return outcome;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto title = cut(message.title, characters(kMostCharacters));
  boost::json::object body{
      {"chat_id", boost::json::string(settings.get("chat_id"))},
      {"text", plain_text(message, characters(kMostCharacters))},
      // Marks instead of a markup: no text needs an escape, and none can be refused for a wrong one.
      {"entities",
       boost::json::array{{{"type", "bold"}, {"offset", 0}, {"length", size_of(title, Limit::Unit::kUtf16)}}}},
      {"link_preview_options", {{"is_disabled", true}}},
      {"disable_notification", settings.is_true("silent")}};
  if (auto thread = number_of(settings, "message_thread_id"); thread != 0) body["message_thread_id"] = thread;
  // The colon of a token is part of the path as Telegram writes it.
  auto url = join_url(settings.get("api_url"), fmt::format("/bot{}/sendMessage", settings.get("bot_token")));
  co_return co_await deliver(json_call(std::move(url), body), Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-";
  if (settings.get("bot_token").find_first_not_of(kAllowed) != std::string_view::npos)
    return Error(ErrorCode::kInvalidArgument,
                 "cannot use 'bot_token': it has letters, digits, one colon, '_' and '-' only");
  return {};
}

constexpr PluginInfo kPlugin{.name = "telegram",
                             .title_en = "Telegram bot",
                             .title_zh = "Telegram 机器人",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 4000,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& telegram_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
