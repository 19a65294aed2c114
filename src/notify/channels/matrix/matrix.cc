#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "homeserver",
          .type = Type::kUrl,
          .required = true,
          .title_en = "Homeserver",
          .title_zh = "主服务器地址",
          .help_en = "Base address of the client-server API, such as https://matrix.org.",
          .help_zh = "客户端接口的基础地址，例如 https://matrix.org。",
          .decides_peer = true},
    Field{.name = "access_token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Access token",
          .title_zh = "访问令牌",
          .help_en = "Of a user that is in the room.",
          .help_zh = "已加入房间的用户的访问令牌。"},
    Field{.name = "room_id",
          .required = true,
          .title_en = "Room",
          .title_zh = "房间 ID",
          .help_en = "Internal id, such as !abc:matrix.org. The room must not be encrypted.",
          .help_zh = "内部房间 ID，例如 !abc:matrix.org。房间不能启用加密。"},
    Field{.name = "mentions",
          .type = Type::kLines,
          .title_en = "Mentions",
          .title_zh = "提醒",
          .help_en = "User ids such as @me:matrix.org, or room for everybody; one a line.",
          .help_zh = "用户 ID（如 @me:matrix.org）或 room（所有人），每行一个。"},
};

/// An event has at most 65536 bytes, the text stands in it twice, and an escape takes six.
constexpr Limit kMostText = bytes(8000), kMostTitle = bytes(1000);

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    auto event = object ? member_text(*object, "event_id") : std::string();
    if (event.empty()) return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}, event {}", answer.status, one_line(event, 80)));
  }
  if (!object) return outcome;
  outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "errcode"), 60),
                               one_line(member_text(*object, "error")));
  if (outcome.kind == Outcome::Kind::kRetry && !outcome.retry_after)
    outcome.retry_after = member_time(*object, "retry_after_ms", milliseconds(1));
  return outcome;
}

std::string html_of(const Message& message) {
  auto html = fmt::format("<b><font color=\"{}\">{}</font></b>", color_text(message),
                          html_escaped(cut(message.title, kMostTitle)));
  for (char c : "\n" + html_escaped(cut(message.text, kMostText)))
    html += c == '\n' ? std::string("<br>") : std::string(1, c);
  if (!message.url.empty()) html += fmt::format("<br><a href=\"{0}\">{0}</a>", html_escaped(message.url));
  return html;
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  boost::json::object mentions;
  std::vector<std::string_view> users;
  for (auto one : split_list(settings.get("mentions"))) {
    if (one == "room")
      mentions["room"] = true;
    else
      users.push_back(one);
  }
  if (!users.empty()) mentions["user_ids"] = to_array(users);
  return {{"msgtype", "m.text"},
          {"body", plain_text(message, kMostText)},
          {"format", "org.matrix.custom.html"},
          {"formatted_body", html_of(message)},
          {"m.mentions", std::move(mentions)}};
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto call = json_call(join_url(settings.get("homeserver"),
                                 fmt::format("/_matrix/client/v3/rooms/{}/send/m.room.message/{}",
                                             percent_encoded(settings.get("room_id")), percent_encoded(message.key))),
                        body_of(message, settings));
  call.method = "PUT";  // the key is the transaction: sent twice, it is there once
  call.headers.emplace_back("Authorization", fmt::format("Bearer {}", settings.get("access_token")));
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "matrix",
                             .title_en = "Matrix",
                             .title_zh = "Matrix",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 8000,
                             .send = send};

}  // namespace

const PluginInfo& matrix_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
