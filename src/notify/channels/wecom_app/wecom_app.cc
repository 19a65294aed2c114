#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/token_source.h"

namespace holter::notify {
namespace {

using Type = Field::Type;
using boost::asio::awaitable;

constexpr std::array<std::string_view, 2> kKinds{"markdown", "text"};

constexpr std::array kFields{
    Field{.name = "corp_id", .required = true, .title_en = "Corporation id", .title_zh = "企业 ID"},
    Field{.name = "secret",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Application secret",
          .title_zh = "应用 Secret"},
    Field{.name = "agent_id",
          .type = Type::kNumber,
          .required = true,
          .title_en = "Application id",
          .title_zh = "应用 AgentId"},
    Field{.name = "users",
          .type = Type::kLines,
          .title_en = "Users",
          .title_zh = "成员",
          .help_en = "User ids, one a line; @all for everybody who can see the application.",
          .help_zh = "成员 userid，每行一个；@all 表示应用可见范围内的所有人。"},
    Field{.name = "parties",
          .type = Type::kLines,
          .title_en = "Departments",
          .title_zh = "部门",
          .help_en = "Numbers of departments, one a line.",
          .help_zh = "部门 ID，每行一个。"},
    Field{.name = "tags",
          .type = Type::kLines,
          .title_en = "Tags",
          .title_zh = "标签",
          .help_en = "Numbers of tags, one a line.",
          .help_zh = "标签 ID，每行一个。"},
    Field{.name = "kind",
          .type = Type::kChoice,
          .title_en = "Kind of message",
          .title_zh = "消息类型",
          .help_en = "Inside WeChat only text can be read.",
          .help_zh = "在微信插件中只能阅读 text。",
          .otherwise = "markdown",
          .choices = kKinds},
    api_url_field("https://qyapi.weixin.qq.com"),
};

constexpr Limit kMostText = bytes(2048);

constexpr std::array kCodes{
    retry_code("-1", seconds(10)),     // the system is busy
    retry_code("45009", seconds(60)),  // too many calls
    retry_code("45033", seconds(60)),  // too many calls at once
    retry_code("40014"),               // the token is none; this shows when a new one is none either
    retry_code("42001"),               // the token has expired; likewise
    give_up_code("40001"),             // the secret
    give_up_code("40013"),             // the corporation
    give_up_code("40056"),             // the application
    give_up_code("60020"),             // the sender's address is not among the trusted ones
    give_up_code("81013"),             // none of the recipients exists
    give_up_code("301002"),            // the secret is of another application
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of_code(answer, now, {"errcode", "errmsg", "0"}, kCodes);
  if (auto object = parse_object(answer.body))
    for (std::string_view list : {"invaliduser", "invalidparty", "invalidtag", "unlicenseduser"})
      if (auto names = member_text(*object, list); !names.empty())
        outcome.answer += fmt::format("; {}: {}", list, one_line(names, 100));
  return outcome;
}

Result<TokenSource> source_of(const Settings& settings) {
  auto base = settings.get("api_url"), corp = settings.get("corp_id"), secret = settings.get("secret");
  TRY(auto key, token_key("wecom_app", std::array{base, corp, secret}));
  HttpCall call{.method = "GET",
                .url = join_url(base, fmt::format("/cgi-bin/gettoken?corpid={}&corpsecret={}", percent_encoded(corp),
                                                  percent_encoded(secret)))};
  return TokenSource{std::move(key), std::move(call), judge, "access_token", "expires_in"};
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  auto text = settings.get("kind") == "text" ? plain_text(message, kMostText) : markdown_text(message, kMostText);
  auto kind = settings.get("kind");
  boost::json::object body{{"msgtype", boost::json::string(kind)},
                           {"agentid", number_of(settings, "agent_id")},
                           {kind, {{"content", text}}}};
  for (auto [member, field] :
       {std::pair("touser", "users"), std::pair("toparty", "parties"), std::pair("totag", "tags")})
    if (auto list = split_list(settings.get(field)); !list.empty()) body[member] = join(list, "|");
  return body;
}

bool refuses_token(const HttpAnswer& answer) {
  auto object = parse_object(answer.body);
  auto code = object ? member_text(*object, "errcode") : std::string();
  return code == "40014" || code == "42001";
}

awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto source = source_of(settings);
  if (!source) co_return outcome_of(source.error());
  auto make = [&](const std::string& token) -> Result<HttpCall> {
    auto path = fmt::format("/cgi-bin/message/send?access_token={}", percent_encoded(token));
    return json_call(join_url(settings.get("api_url"), path), body_of(message, settings));
  };
  TokenCall call{make, refuses_token, judge};
  co_return co_await deliver_with_token(std::move(*source), std::move(call), Secrets(kFields, settings), wire);
}

Status check(const Settings& settings) {
  for (std::string_view field : {"users", "parties", "tags"})
    if (!split_list(settings.get(field)).empty()) return {};
  return Error(ErrorCode::kInvalidArgument, "cannot use 'users': fill in users, parties or tags");
}

constexpr PluginInfo kPlugin{.name = "wecom_app",
                             .title_en = "WeCom application",
                             .title_zh = "企业微信应用",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 1800,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& wecom_app_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
