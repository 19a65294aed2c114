#include <array>

#include <fmt/format.h>

#include "notify/alert_json.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;

constexpr std::array<std::string_view, 2> kFormats{"holter", "alertmanager"};
constexpr std::array<std::string_view, 3> kMethods{"POST", "PUT", "PATCH"};
constexpr std::size_t kMostHeaders = 20;

constexpr std::array kFields{
    Field{.name = "url",
          .type = Field::Type::kUrl,
          .required = true,
          .title_en = "URL",
          .title_zh = "地址",
          .decides_peer = true},
    Field{.name = "format",
          .type = Field::Type::kChoice,
          .title_en = "Format",
          .title_zh = "格式",
          .help_en = "Holter's own JSON, or that of Alertmanager's webhook",
          .help_zh = "Holter 自有 JSON，或 Alertmanager webhook 的 JSON",
          .otherwise = "holter",
          .choices = kFormats},
    Field{.name = "method",
          .type = Field::Type::kChoice,
          .title_en = "Method",
          .title_zh = "请求方法",
          .otherwise = "POST",
          .choices = kMethods},
    Field{.name = "headers",
          .type = Field::Type::kLines,
          .title_en = "Headers",
          .title_zh = "请求头",
          .help_en = "One a line: Name: value",
          .help_zh = "每行一个：名称: 值"},
    Field{.name = "user", .title_en = "User", .title_zh = "用户名"},
    Field{.name = "password", .type = Field::Type::kPassword, .title_en = "Password", .title_zh = "密码"},
    Field{.name = "token", .type = Field::Type::kPassword, .title_en = "Bearer token", .title_zh = "Bearer 令牌"},
    Field{.name = "secret",
          .type = Field::Type::kPassword,
          .title_en = "Signing secret",
          .title_zh = "签名密钥",
          .help_en = "Signs each request: header X-Holter-Signature-256, HMAC-SHA256 over time, dot, body",
          .help_zh = "对每个请求签名：请求头 X-Holter-Signature-256，对“时间.正文”计算 HMAC-SHA256"},
};

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// A token of RFC 9110, section 5.6.2.
bool is_header_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<Headers> headers_of(std::string_view lines) {
  Headers headers;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    auto line = trimmed(lines.substr(0, lines.find('\n')));
    lines.remove_prefix(
        std::min(lines.size(), lines.find('\n') == std::string_view::npos ? lines.size() : lines.find('\n') + 1));
    if (line.empty()) continue;
    auto colon = line.find(':');
    auto name = trimmed(line.substr(0, colon));
    if (colon == std::string_view::npos || !is_header_name(name) || line.find('\t') != std::string_view::npos)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use the receiver: 'headers' line {} is not 'Name: value'", number));
    headers.emplace_back(name, trimmed(line.substr(colon + 1)));
    if (headers.size() > kMostHeaders)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use the receiver: 'headers' has more than {} lines", kMostHeaders));
  }
  return headers;
}

Status check(const Settings& settings) {
  TRY_OK(headers_of(settings.get("headers")));
  if (settings.get("user").empty() != settings.get("password").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot use the receiver: 'user' and 'password' belong together");
  if (!settings.get("token").empty() && !settings.get("user").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot use the receiver: 'token' and 'user' exclude each other");
  return {};
}

awaitable<Outcome> attempt(const Message& message, const Settings& settings, Wire& wire) {
  auto headers = headers_of(settings.get("headers"));
  if (!headers) co_return outcome_of(headers.error());
  HttpCall call;
  call.method = settings.get("method");
  call.url = settings.get("url");
  call.body = settings.get("format") == "alertmanager" ? alertmanager_json(message) : holter_json(message);
  call.headers = {{"Content-Type", "application/json"}, {"User-Agent", "Holter"}, {"Idempotency-Key", message.key}};
  if (auto token = settings.get("token"); !token.empty())
    call.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  if (auto secret = settings.get("secret"); !secret.empty()) {
    auto time = std::to_string(epoch_ms(wire.now()) / 1000);
    auto signature = hmac_sha256(secret, fmt::format("{}.{}", time, call.body));
    if (!signature) co_return outcome_of(signature.error());
    call.headers.emplace_back("X-Holter-Timestamp", time);
    call.headers.emplace_back("X-Holter-Signature-256", "sha256=" + to_hex(*signature));
  }
  call.headers.insert(call.headers.end(), headers->begin(), headers->end());
  call.user = settings.get("user");
  call.password = settings.get("password");
  auto answer = co_await wire.http(std::move(call));
  if (answer) answer->body = Secrets(kFields, settings).masked(std::move(answer->body));  // before it is cut
  co_return answer ? outcome_of(*answer, wire.now()) : outcome_of(answer.error());
}

/// Peers may say whatever they like, also what they were sent.
awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto outcome = co_await attempt(message, settings, wire);
  co_return Secrets(kFields, settings).masked(std::move(outcome));
}

constexpr PluginInfo kInfo{.name = "webhook",
                           .title_en = "Webhook",
                           .title_zh = "Webhook",
                           .fields = kFields,
                           .most_text = 16 * 1024,
                           .send = &send,
                           .check = &check};

}  // namespace

const PluginInfo& webhook_plugin() {
  return kInfo;
}

}  // namespace holter::notify
