#include <array>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "server",
          .type = Type::kUrl,
          .title_en = "Server",
          .title_zh = "服务器地址",
          .otherwise = "https://ntfy.sh",
          .decides_peer = true},
    Field{.name = "topic",
          .required = true,
          .title_en = "Topic",
          .title_zh = "主题",
          .help_en = "On a public server whoever knows it can read it: take a name that nobody guesses.",
          .help_zh = "公共服务器上知道主题名的人都能阅读，请使用不易猜到的名称。"},
    Field{.name = "token",
          .type = Type::kPassword,
          .title_en = "Access token",
          .title_zh = "访问令牌",
          .help_en = "Or else user and password; neither where the topic is open.",
          .help_zh = "也可使用用户名和密码；公开主题无需填写。"},
    Field{.name = "user", .title_en = "User", .title_zh = "用户名"},
    Field{.name = "password", .type = Type::kPassword, .title_en = "Password", .title_zh = "密码"},
};

/// Longer ones become attachments.
constexpr Limit kMostText = bytes(4096), kMostTitle = bytes(250);

/// 1 to 5; 5 rings for long (ntfy, "Message priority").
int priority_of(const Message& message) {
  if (!message.firing) return 3;
  switch (message.severity) {
    case model::Severity::kInfo:
      return 3;
    case model::Severity::kWarning:
      return 4;
    case model::Severity::kCritical:
    case model::Severity::kEmergency:
      return 5;
  }
  return 4;
}

/// A tag that is the short code of an emoji stands before the title.
std::string_view tag_of(const Message& message) {
  if (!message.firing) return "white_check_mark";
  return message.severity >= model::Severity::kCritical ? "rotating_light" : "warning";
}

/// Codes have the HTTP status as their first three digits: 40101 unauthorized, 40301 forbidden, 42901 too many
/// requests, 42908 the day's quota: the status says what to do.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    auto id = object ? member_text(*object, "id") : std::string();
    if (id.empty()) return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}, message {}", answer.status, one_line(id, 40)));
  }
  if (object)
    outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "code"), 60),
                                 one_line(member_text(*object, "error")));
  return outcome;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object body{{"topic", boost::json::string(settings.get("topic"))},
                           {"title", cut(message.title, kMostTitle)},
                           {"message", cut(message.text.empty() ? message.title : message.text, kMostText)},
                           {"priority", priority_of(message)},
                           {"tags", boost::json::array{boost::json::string(tag_of(message))}}};
  if (!message.url.empty()) body["click"] = message.url;
  auto call = json_call(join_url(settings.get("server"), "/"), body);
  if (auto token = settings.get("token"); !token.empty())
    call.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  else
    call.user = settings.get("user"), call.password = settings.get("password");
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  auto topic = settings.get("topic");
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  if (topic.size() > 64 || topic.find_first_not_of(kAllowed) != std::string_view::npos)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'topic': at most 64 letters, digits, '_' and '-'");
  if (!settings.get("token").empty() && !settings.get("user").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot use 'user': fill in either it or 'token'");
  if (settings.get("user").empty() != settings.get("password").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot use 'user' or 'password' without the other");
  return {};
}

constexpr PluginInfo kPlugin{.name = "ntfy",
                             .title_en = "ntfy",
                             .title_zh = "ntfy",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 4096,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& ntfy_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
