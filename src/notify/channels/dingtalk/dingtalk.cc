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
    Field{.name = "access_token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Access token",
          .title_zh = "访问令牌",
          .help_en = "The part behind access_token= of the robot's webhook address.",
          .help_zh = "机器人 Webhook 地址中 access_token= 后面的部分。"},
    Field{.name = "secret",
          .type = Type::kPassword,
          .title_en = "Signing secret",
          .title_zh = "加签密钥",
          .help_en = "SEC..., where the robot's security setting is a signature.",
          .help_zh = "机器人安全设置为“加签”时的 SEC 开头的密钥。"},
    Field{.name = "phones",
          .type = Type::kLines,
          .title_en = "Phones to mention",
          .title_zh = "提醒的手机号",
          .help_en = "Phone numbers of members of the group, one a line.",
          .help_zh = "群成员手机号，每行一个。"},
    Field{.name = "users",
          .type = Type::kLines,
          .title_en = "Users to mention",
          .title_zh = "提醒的成员",
          .help_en = "User ids of DingTalk, one a line.",
          .help_zh = "钉钉成员 userId，每行一个。"},
    Field{.name = "mention_all",
          .type = Type::kBoolean,
          .title_en = "Mention everybody",
          .title_zh = "提醒所有人",
          .otherwise = "false"},
    api_url_field("https://oapi.dingtalk.com"),
};

/// A robot's message may have 20000 bytes; the rest of the request needs some of them.
constexpr Limit kMostText = bytes(16'000), kMostTitle = bytes(200);

constexpr std::array kCodes{
    retry_code("-1", seconds(10)),       // the system is busy
    retry_code("130101", seconds(600)),  // more than 20 messages a minute: refused for ten
    retry_code("410100", seconds(600)),  // likewise
    retry_code("90030", seconds(3600)),  // the quota of calls is used up
    give_up_code("310000"),              // signature, keyword or address do not match the security settings
    give_up_code("300001"),              // no such token
    give_up_code("400013"),              // the group is gone
    give_up_code("400101"),              // no such token
    give_up_code("400102"),              // the robot is switched off
    give_up_code("400105"),              // no such kind of message
    give_up_code("400106"),              // no such robot
    give_up_code("430101"),              // an unsafe link
    give_up_code("430102"),              // improper text
    give_up_code("430103"),              // improper picture
    give_up_code("430104"),              // improper contents
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"errcode", "errmsg", "0"}, kCodes);
}

/// Text in which each line break is one on the screen: two blanks stand before it (Markdown).
std::string with_hard_breaks(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("  \n") : std::string(1, c);
  return out;
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  auto phones = split_list(settings.get("phones")), users = split_list(settings.get("users"));
  // Only who stands in the text, too, is told.
  std::string mentions;
  for (auto one : phones) mentions += fmt::format("@{} ", one);
  for (auto one : users) mentions += fmt::format("@{} ", one);
  if (!mentions.empty()) mentions.insert(0, "\n\n");
  auto text = cut(with_hard_breaks(markdown_text(message, kMostText)), kMostText) + mentions;
  return {{"msgtype", "markdown"},
          {"markdown", {{"title", cut(message.title, kMostTitle)}, {"text", text}}},
          {"at",
           {{"atMobiles", to_array(phones)},
            {"atUserIds", to_array(users)},
            {"isAtAll", settings.is_true("mention_all")}}}};
}

/// Address with the signature of "custom robots": HMAC-SHA256 of time and secret, which ends an hour later.
Result<std::string> url_of(const Settings& settings, WallTime now) {
  auto url = join_url(settings.get("api_url"),
                      fmt::format("/robot/send?access_token={}", percent_encoded(settings.get("access_token"))));
  auto secret = settings.get("secret");
  if (secret.empty()) return url;
  auto time = fmt::format("{}", epoch_ms(now));
  TRY(auto mac, hmac_sha256(secret, fmt::format("{}\n{}", time, secret)));
  return fmt::format("{}&timestamp={}&sign={}", url, time, percent_encoded(to_base64(mac)));
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto url = url_of(settings, wire.now());
  if (!url) co_return outcome_of(url.error());
  co_return co_await deliver(json_call(std::move(*url), body_of(message, settings)), Secrets(kFields, settings), wire,
                             judge);
}

constexpr PluginInfo kPlugin{.name = "dingtalk",
                             .title_en = "DingTalk robot",
                             .title_zh = "钉钉机器人",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 15'000,
                             .send = send};

}  // namespace

const PluginInfo& dingtalk_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
