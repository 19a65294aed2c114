#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/feishu_card.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Key",
          .title_zh = "机器人 Key",
          .help_en = "The part behind /hook/ of the robot's webhook address.",
          .help_zh = "机器人 Webhook 地址中 /hook/ 后面的部分。"},
    Field{.name = "secret",
          .type = Type::kPassword,
          .title_en = "Signing secret",
          .title_zh = "签名密钥",
          .help_en = "Where signatures are switched on in the robot's security settings.",
          .help_zh = "机器人安全设置启用“签名校验”时填写。"},
    Field{.name = "users",
          .type = Type::kLines,
          .title_en = "Users to mention",
          .title_zh = "提醒的成员",
          .help_en = "open_id or user_id, one a line; all for everybody.",
          .help_zh = "open_id 或 user_id，每行一个；all 表示所有人。"},
    api_url_field("https://open.feishu.cn"),
};

constexpr std::array kCodes{
    retry_code("11232", seconds(60)),                     // more than 100 a minute or 5 a second
    retry_code("9499", seconds(60), "too many request"),  // likewise, in older answers
    give_up_code("9499"),                                 // "Bad Request"
    give_up_code("19001"),                                // no such robot
    give_up_code("19021"),                                // signature or time do not match
    give_up_code("19022"),                                // the sender's address is not allowed
    give_up_code("19024"),                                // none of the robot's keywords
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"code", "msg", "0"}, kCodes);
}

/// The signature's key is time and secret, and what it signs is empty (Feishu, "Custom bot usage guide").
Status sign(boost::json::object& body, std::string_view secret, WallTime now) {
  if (secret.empty()) return {};
  auto time = fmt::format("{}", epoch_ms(now) / 1000);
  TRY(auto mac, hmac_sha256(fmt::format("{}\n{}", time, secret), ""));
  body["timestamp"] = time;
  body["sign"] = to_base64(mac);
  return {};
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object body{{"msg_type", "interactive"},
                           {"card", feishu_card(message, split_list(settings.get("users")))}};
  if (auto done = sign(body, settings.get("secret"), wire.now()); !done) co_return outcome_of(done.error());
  auto url =
      join_url(settings.get("api_url"), fmt::format("/open-apis/bot/v2/hook/{}", percent_encoded(settings.get("key"))));
  co_return co_await deliver(json_call(std::move(url), body), Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "feishu_robot",
                             .title_en = "Feishu (Lark) robot",
                             .title_zh = "飞书机器人",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 12'000,
                             .send = send};

}  // namespace

const PluginInfo& feishu_robot_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
