#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;
using boost::asio::awaitable;

constexpr std::array<std::string_view, 3> kMethods{"POST", "GET", "PUT"};
constexpr std::array<std::string_view, 3> kBodies{"json", "form", "text"};

constexpr std::array kFields{
    Field{.name = "url",
          .type = Type::kUrl,
          .required = true,
          .title_en = "Address",
          .title_zh = "请求地址",
          .help_en = "{{phone}}, {{text}}, {{title}} and {{secret}} are filled in, percent-encoded.",
          .help_zh = "可用 {{phone}}、{{text}}、{{title}}、{{secret}}，自动进行 URL 编码。",
          .decides_peer = true},
    Field{.name = "method",
          .type = Type::kChoice,
          .title_en = "Method",
          .title_zh = "请求方法",
          .otherwise = "POST",
          .choices = kMethods},
    Field{.name = "body_kind",
          .type = Type::kChoice,
          .title_en = "Kind of body",
          .title_zh = "请求体类型",
          .help_en = "Values are escaped for it: inside of JSON strings, or percent-encoded in a form.",
          .help_zh = "填入的值会按类型转义：JSON 字符串或表单编码。",
          .otherwise = "json",
          .choices = kBodies},
    Field{.name = "body",
          .type = Type::kTextarea,
          .title_en = "Body",
          .title_zh = "请求体",
          .help_en = "With the same placeholders; also {{status}}, {{severity}}, {{monitor}}, {{count}} and {{url}}. "
                     "GET has none.",
          .help_zh =
              "可用相同的占位符，以及 {{status}}、{{severity}}、{{monitor}}、{{count}}、{{url}}。GET 不发送请求体。",
          .otherwise = R"({"phone":"{{phone}}","text":"{{text}}"})"},
    Field{.name = "headers",
          .type = Type::kLines,
          .title_en = "Headers",
          .title_zh = "请求头",
          .help_en = "\"Name: value\", one a line; {{secret}} is filled in.",
          .help_zh = "“名称: 值”，每行一个；可用 {{secret}}。"},
    Field{.name = "secret",
          .type = Type::kPassword,
          .title_en = "Secret",
          .title_zh = "密钥",
          .help_en = "Stands for {{secret}}, so that it is stored sealed and shown nowhere.",
          .help_zh = "替换 {{secret}}，加密存储且不会显示。"},
    Field{.name = "user",
          .title_en = "User",
          .title_zh = "用户名",
          .help_en = "For basic authentication.",
          .help_zh = "用于 Basic 认证。"},
    Field{.name = "password", .type = Type::kPassword, .title_en = "Password", .title_zh = "密码"},
    Field{.name = "phones",
          .type = Type::kLines,
          .required = true,
          .title_en = "Phones",
          .title_zh = "手机号",
          .help_en = "One a line, as the provider wants them; a request for each.",
          .help_zh = "每行一个，格式按服务商要求；每个号码发送一次请求。"},
    Field{.name = "most_characters",
          .type = Type::kNumber,
          .title_en = "Most characters of the text",
          .title_zh = "短信最大字符数",
          .otherwise = "300"},
    Field{.name = "success_status",
          .title_en = "Status of success",
          .title_zh = "成功状态码",
          .help_en = "A number, or first and last with a minus between.",
          .help_zh = "单个状态码，或以减号连接的范围。",
          .otherwise = "200-299"},
    Field{.name = "success_text",
          .title_en = "Text of success",
          .title_zh = "成功标识文本",
          .help_en = "What the answer must have in it, for providers that always answer 200.",
          .help_zh = "响应中必须包含的文本，适用于总是返回 200 的服务商。"},
};

struct Range {
  int first = 0, last = 0;
};

std::optional<int> status_of(std::string_view text) {
  int status = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), status);
  bool fits = code == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 599;
  return fits ? std::optional(status) : std::nullopt;
}

std::optional<Range> range_of(std::string_view text) {
  auto minus = text.find('-');
  auto first = status_of(text.substr(0, minus));
  auto last = minus == std::string_view::npos ? first : status_of(text.substr(minus + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

std::string as_it_is(std::string_view text) {
  return std::string(text);
}

/// A header's value can have no line breaks (RFC 9110, 5.5): check_settings() allows none in the secret.
std::vector<std::pair<std::string, std::string>> headers_of(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (auto line : split_lines(settings.get("headers"))) {
    auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // blank: check() refuses others
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    headers.emplace_back(line.substr(0, colon),
                         filled(value, {{"secret", std::string(settings.get("secret"))}}, as_it_is));
  }
  return headers;
}

HttpCall call_of(const Message& message, const Settings& settings, std::string_view phone) {
  auto values = placeholders_of(message);
  auto most = characters(static_cast<std::size_t>(number_of(settings, "most_characters")));
  for (auto& [name, value] : values)
    if (name == "text") value = plain_text(message, most);
  values.emplace_back("phone", phone);
  values.emplace_back("secret", settings.get("secret"));
  HttpCall call{.method = std::string(settings.get("method")),
                .url = filled(settings.get("url"), values, percent_encoded),
                .headers = headers_of(settings),
                .user = std::string(settings.get("user")),
                .password = std::string(settings.get("password"))};
  if (call.method == "GET") return call;
  auto kind = settings.get("body_kind");
  call.body = filled(settings.get("body"), values,
                     kind == "json"   ? json_escaped
                     : kind == "form" ? percent_encoded
                                      : as_it_is);
  call.headers.emplace_back("Content-Type", kind == "json"   ? "application/json; charset=utf-8"
                                            : kind == "form" ? "application/x-www-form-urlencoded"
                                                             : "text/plain; charset=utf-8");
  return call;
}

Outcome judge(const HttpAnswer& answer, const Settings& settings, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto range = range_of(settings.get("success_status"));
  bool right_status = range && answer.status >= range->first && answer.status <= range->last;
  if (right_status && answer.body.contains(settings.get("success_text"))) return Outcome::delivered(outcome.answer);
  // A status of success without the text is the provider's "no", in words that only it knows.
  if (outcome.kind == Outcome::Kind::kDelivered) return Outcome::give_up(outcome.answer);
  return outcome;
}

awaitable<Outcome> tell(const Message& message, const Settings& settings, std::string_view phone, Wire& wire) {
  Secrets secrets(kFields, settings);
  auto answer = co_await exchange(call_of(message, settings, phone), secrets, wire);
  co_return secrets.masked(answer ? judge(*answer, settings, wire.now()) : outcome_of(answer.error()));
}

awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  Recipients recipients("http_sms", message, wire);
  for (auto phone : split_list(settings.get("phones")))
    if (!recipients.told(phone)) recipients.add(phone, co_await tell(message, settings, phone, wire));
  co_return recipients.total();
}

Status check(const Settings& settings) {
  auto wrong = [](std::string_view field, std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use '{}': {}", field, why));
  };
  if (!range_of(settings.get("success_status")))
    return wrong("success_status", "it must be a status such as 200, or a range such as 200-299");
  if (number_of(settings, "most_characters") < 1) return wrong("most_characters", "1 is the least");
  constexpr std::string_view kToken = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  for (auto line : split_lines(settings.get("headers"))) {
    if (line.empty()) continue;
    auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos ||
        line.substr(0, colon).find_first_not_of(kToken) != std::string_view::npos)
      return wrong("headers", "each line must be \"Name: value\"");
  }
  bool somewhere = settings.get("url").contains("{{phone}}") ||
                   (settings.get("method") != "GET" && settings.get("body").contains("{{phone}}"));
  if (!somewhere) return wrong("body", "{{phone}} must stand in it, or in the address");
  return {};
}

constexpr PluginInfo kPlugin{.name = "http_sms",
                             .title_en = "SMS by HTTP",
                             .title_zh = "HTTP 短信网关",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 1000,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& http_sms_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
