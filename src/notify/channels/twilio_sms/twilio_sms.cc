#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;
using boost::asio::awaitable;

constexpr std::array kFields{
    Field{.name = "account_sid",
          .required = true,
          .title_en = "Account SID",
          .title_zh = "账户 SID",
          .help_en = "Begins with AC.",
          .help_zh = "以 AC 开头。"},
    Field{.name = "auth_token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Auth token, or secret of the API key",
          .title_zh = "认证令牌或 API 密钥 Secret"},
    Field{.name = "api_key_sid",
          .title_en = "API key SID",
          .title_zh = "API 密钥 SID",
          .help_en = "Begins with SK; empty where the account's own token is used.",
          .help_zh = "以 SK 开头；使用账户令牌时留空。"},
    Field{.name = "from",
          .required = true,
          .title_en = "Sender",
          .title_zh = "发送方",
          .help_en = "A number such as +15551234567, a sender's name, or a messaging service (MG...).",
          .help_zh = "号码（如 +15551234567）、发送方名称或消息服务 SID（MG 开头）。"},
    Field{.name = "phones",
          .type = Type::kLines,
          .required = true,
          .title_en = "Phones",
          .title_zh = "手机号",
          .help_en = "With the country's code (E.164), such as +8613800138000; one a line.",
          .help_zh = "带国家代码（E.164），如 +8613800138000，每行一个。"},
    api_url_field("https://api.twilio.com"),
};

constexpr Limit kMostBody = characters(1600);

constexpr std::array kCodes{
    retry_code("20429", seconds(10)),   // too many requests
    retry_code("14107", seconds(10)),   // likewise, of one sender
    retry_code("21611", seconds(300)),  // the sender's queue is full
    retry_code("30001", seconds(300)),  // likewise
    retry_code("20500", seconds(10)),   // an error inside
    retry_code("20503", seconds(10)),   // not there for the moment
    give_up_code("20003"),              // SID and token do not match
    give_up_code("20404"),              // no such account
    give_up_code("21211"),              // no phone number
    give_up_code("21212"),              // no sender
    give_up_code("21606"),              // the sender cannot send this
    give_up_code("21608"),              // a trial account, and a number that is not verified
    give_up_code("21610"),              // the recipient has said STOP
    give_up_code("21614"),              // no mobile number
    give_up_code("30002"),              // the account is suspended
};

/// Success has a "sid" instead of a code.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto object = parse_object(answer.body);
  if (is_success(answer) && object && !member_text(*object, "sid").empty())
    return Outcome::delivered(fmt::format("HTTP {}: {}", answer.status, one_line(member_text(*object, "status"), 60)));
  return outcome_of_code(answer, now, {"code", "message", ""}, kCodes);
}

HttpCall call_of(const Message& message, const Settings& settings, std::string_view phone) {
  auto sid = settings.get("account_sid"), key = settings.get("api_key_sid"), from = settings.get("from");
  auto text = plain_text(message, kMostBody);
  return {.url = join_url(settings.get("api_url"),
                          fmt::format("/2010-04-01/Accounts/{}/Messages.json", percent_encoded(sid))),
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .body = fmt::format("To={}&{}={}&Body={}", percent_encoded(phone),
                              from.starts_with("MG") && from.size() == 34 ? "MessagingServiceSid" : "From",
                              percent_encoded(from), percent_encoded(text)),
          .user = std::string(key.empty() ? sid : key),
          .password = std::string(settings.get("auth_token"))};
}

awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  Recipients recipients("twilio_sms", message, wire);
  for (auto phone : split_list(settings.get("phones")))
    if (!recipients.told(phone))
      recipients.add(phone,
                     co_await deliver(call_of(message, settings, phone), Secrets(kFields, settings), wire, judge));
  co_return recipients.total();
}

constexpr PluginInfo kPlugin{.name = "twilio_sms",
                             .title_en = "SMS by Twilio",
                             .title_zh = "Twilio 短信",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 1000,
                             .send = send};

}  // namespace

const PluginInfo& twilio_sms_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
