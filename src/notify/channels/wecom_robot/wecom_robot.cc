#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Key",
          .title_zh = "机器人 Key",
          .help_en = "The part behind key= of the robot's webhook address.",
          .help_zh = "机器人 Webhook 地址中 key= 后面的部分。"},
    Field{.name = "users",
          .type = Type::kLines,
          .title_en = "Users to mention",
          .title_zh = "提醒的成员",
          .help_en = "User ids of WeCom, one a line; @all for everybody.",
          .help_zh = "企业微信成员 userid，每行一个；@all 表示所有人。"},
    Field{
        .name = "phones",
        .type = Type::kLines,
        .title_en = "Phones to mention",
        .title_zh = "提醒的手机号",
        .help_en = "Phone numbers of members, one a line. With phones or @all the message is plain text: WeCom knows "
                   "no such mentions in Markdown.",
        .help_zh = "成员手机号，每行一个。填写手机号或 @all 时以纯文本发送，因为企业微信的 Markdown 不支持这类提醒。"},
    api_url_field("https://qyapi.weixin.qq.com"),
};

constexpr Limit kMostMarkdown = bytes(4096), kMostText = bytes(2048);

constexpr std::array kCodes{
    retry_code("-1", seconds(10)),     // the system is busy
    retry_code("45009", seconds(60)),  // more than 20 messages a minute
    retry_code("45033", seconds(60)),  // too many calls at once
    give_up_code("93000"),             // no such key
    give_up_code("93004"),             // the robot is switched off
    give_up_code("93008"),             // the robot is not in the group any more
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"errcode", "errmsg", "0"}, kCodes);
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  auto users = split_list(settings.get("users")), phones = split_list(settings.get("phones"));
  if (!phones.empty() || std::ranges::find(users, "@all") != users.end())
    return {{"msgtype", "text"},
            {"text",
             {{"content", plain_text(message, kMostText)},
              {"mentioned_list", to_array(users)},
              {"mentioned_mobile_list", to_array(phones)}}}};
  std::string mentions;
  for (auto user : users) mentions += fmt::format("<@{}>", user);
  if (!mentions.empty()) mentions.insert(0, "\n");
  auto room = mentions.size() < kMostMarkdown.most ? kMostMarkdown.most - mentions.size() : 0;
  auto content = cut(markdown_text(message, bytes(room)) + mentions, kMostMarkdown);
  return {{"msgtype", "markdown"}, {"markdown", {{"content", content}}}};
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto url = join_url(settings.get("api_url"),
                      fmt::format("/cgi-bin/webhook/send?key={}", percent_encoded(settings.get("key"))));
  co_return co_await deliver(json_call(std::move(url), body_of(message, settings)), Secrets(kFields, settings), wire,
                             judge);
}

constexpr PluginInfo kPlugin{.name = "wecom_robot",
                             .title_en = "WeCom group robot",
                             .title_zh = "企业微信群机器人",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 3800,
                             .send = send};

}  // namespace

const PluginInfo& wecom_robot_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
