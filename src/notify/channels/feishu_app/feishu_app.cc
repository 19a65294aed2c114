#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/feishu_card.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"
#include "notify/token_source.h"

namespace holter::notify {
namespace {

using Type = Field::Type;
using boost::asio::awaitable;

constexpr std::array<std::string_view, 5> kIdKinds{"chat_id", "open_id", "user_id", "union_id", "email"};

constexpr std::array kFields{
    Field{.name = "app_id", .required = true, .title_en = "App ID", .title_zh = "应用 App ID"},
    Field{.name = "app_secret",
          .type = Type::kPassword,
          .required = true,
          .title_en = "App secret",
          .title_zh = "应用 App Secret"},
    Field{.name = "receive_id_type",
          .type = Type::kChoice,
          .title_en = "Kind of receiver",
          .title_zh = "接收者类型",
          .otherwise = "chat_id",
          .choices = kIdKinds},
    Field{.name = "receive_ids",
          .type = Type::kLines,
          .required = true,
          .title_en = "Receivers",
          .title_zh = "接收者",
          .help_en = "Ids of that kind, one a line.",
          .help_zh = "对应类型的 ID，每行一个。"},
    Field{.name = "users",
          .type = Type::kLines,
          .title_en = "Users to mention",
          .title_zh = "提醒的成员",
          .help_en = "open_id or user_id, one a line; all for everybody in the group.",
          .help_zh = "open_id 或 user_id，每行一个；all 表示群内所有人。"},
    api_url_field("https://open.feishu.cn"),
};

constexpr std::size_t kMostUuid = 50;

constexpr std::array kCodes{
    retry_code("99991400", seconds(60)),  // too many calls
    retry_code("230020", seconds(10)),    // too many for this user or group
    retry_code("11232", seconds(60)),     // likewise
    retry_code("99991663"),               // the token is none; this shows when a new one is none either
    retry_code("99991661"),               // the token is missing; likewise
    give_up_code("10003"),                // the app id
    give_up_code("10014"),                // the app secret
    give_up_code("230001"),               // a parameter
    give_up_code("230002"),               // the app is not in the group
    give_up_code("230006"),               // the app has no bot
    give_up_code("230013"),               // the user may not use the app
    give_up_code("230027"),               // the app lacks a permission
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"code", "msg", "0"}, kCodes);
}

bool refuses_token(const HttpAnswer& answer) {
  auto object = parse_object(answer.body);
  auto code = object ? member_text(*object, "code") : std::string();
  return code == "99991663" || code == "99991661";
}

Result<TokenSource> source_of(const Settings& settings) {
  auto base = settings.get("api_url"), app = settings.get("app_id"), secret = settings.get("app_secret");
  TRY(auto key, token_key("feishu_app", std::array{base, app, secret}));
  auto call = json_call(join_url(base, "/open-apis/auth/v3/tenant_access_token/internal"),
                        {{"app_id", boost::json::string(app)}, {"app_secret", boost::json::string(secret)}});
  return TokenSource{std::move(key), std::move(call), judge, "tenant_access_token", "expire"};
}

/// The card for one receiver; the same uuid within an hour is sent once.
Result<HttpCall> call_of(const Message& message, const Settings& settings, std::string_view receiver,
                         const std::string& token) {
  TRY(auto uuid, sha256_hex(fmt::format("{}\n{}\n{}", message.key, message.receiver, receiver)));
  auto card = boost::json::serialize(feishu_card(message, split_list(settings.get("users"))));
  auto call = json_call(join_url(settings.get("api_url"), fmt::format("/open-apis/im/v1/messages?receive_id_type={}",
                                                                      settings.get("receive_id_type"))),
                        {{"receive_id", boost::json::string(receiver)},
                         {"msg_type", "interactive"},
                         {"content", card},
                         {"uuid", uuid.substr(0, kMostUuid)}});
  call.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  return call;
}

awaitable<Outcome> tell(const Message& message, const Settings& settings, std::string_view receiver, Wire& wire) {
  auto source = source_of(settings);
  if (!source) co_return outcome_of(source.error());
  auto make = [&](const std::string& token) { return call_of(message, settings, receiver, token); };
  TokenCall call{make, refuses_token, judge};
  co_return co_await deliver_with_token(std::move(*source), std::move(call), Secrets(kFields, settings), wire);
}

awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  Recipients recipients("feishu_app", message, wire);
  for (auto receiver : split_list(settings.get("receive_ids")))
    if (!recipients.told(receiver)) recipients.add(receiver, co_await tell(message, settings, receiver, wire));
  co_return recipients.total();
}

constexpr PluginInfo kPlugin{.name = "feishu_app",
                             .title_en = "Feishu (Lark) application",
                             .title_zh = "飞书应用",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 12'000,
                             .send = send};

}  // namespace

const PluginInfo& feishu_app_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
