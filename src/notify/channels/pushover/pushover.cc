#include <array>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array<std::string_view, 3> kEmergencies{"emergency", "critical", "never"};

constexpr std::array kFields{
    Field{.name = "token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Application token",
          .title_zh = "应用令牌"},
    Field{.name = "user",
          .type = Type::kPassword,
          .required = true,
          .title_en = "User or group key",
          .title_zh = "用户或群组 Key"},
    Field{.name = "device",
          .title_en = "Device",
          .title_zh = "设备",
          .help_en = "Only this one; empty for all of the user's.",
          .help_zh = "仅发送到该设备；留空则发送到所有设备。"},
    Field{.name = "sound", .title_en = "Sound", .title_zh = "提示音"},
    Field{.name = "emergency_from",
          .type = Type::kChoice,
          .title_en = "Emergency priority from",
          .title_zh = "紧急优先级起点",
          .help_en = "From this severity on it rings again and again until somebody acknowledges, or it is resolved.",
          .help_zh = "达到该级别后反复提醒，直到有人确认或告警恢复。",
          .otherwise = "emergency",
          .choices = kEmergencies},
    Field{.name = "retry",
          .type = Type::kNumber,
          .title_en = "Ring again after (s)",
          .title_zh = "重复提醒间隔（秒）",
          .help_en = "At least 30.",
          .help_zh = "至少 30。",
          .otherwise = "60"},
    Field{.name = "expire",
          .type = Type::kNumber,
          .title_en = "Ring for at most (s)",
          .title_zh = "最长提醒时间（秒）",
          .help_en = "At most 10800.",
          .help_zh = "最多 10800。",
          .otherwise = "3600"},
    api_url_field("https://api.pushover.net"),
};

constexpr Limit kMostText = characters(1024), kMostTitle = characters(250), kMostUrl = characters(512);
constexpr std::int64_t kLeastRetry = 30, kMostExpire = 10'800;

/// 4xx: "will not work" however often it is asked; 429 is the month's quota, and says no time. 5xx: later, after at
/// least 5 s (Pushover, "Being friendly to our API").
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  if (answer.status == 429 && header_of(answer, "Retry-After").empty()) outcome.kind = Outcome::Kind::kGiveUp;
  if (answer.status >= 500 && !outcome.retry_after) outcome.retry_after = seconds(5);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    if (!object || member_text(*object, "status").empty()) return unreadable(answer);
    auto request = fmt::format("HTTP {}, request {}", answer.status, one_line(member_text(*object, "request"), 60));
    if (member_text(*object, "status") == "1") return Outcome::delivered(std::move(request));
    outcome.kind = Outcome::Kind::kGiveUp;
  }
  if (object)
    if (const auto* errors = object->if_contains("errors"); errors != nullptr)
      outcome.answer = fmt::format("HTTP {}: {}", answer.status, one_line(boost::json::serialize(*errors)));
  return outcome;
}

bool is_emergency(const Message& message, const Settings& settings) {
  auto from = model::parse_severity(settings.get("emergency_from"));
  return from && message.severity >= *from;
}

boost::json::object body_of(const Message& message, const Settings& settings, const std::string& tag) {
  boost::json::object body{{"token", boost::json::string(settings.get("token"))},
                           {"user", boost::json::string(settings.get("user"))},
                           {"title", cut(message.title, kMostTitle)},
                           {"message", cut(message.text.empty() ? message.title : message.text, kMostText)},
                           {"priority", 0}};
  if (message.firing && is_emergency(message, settings)) {
    body["priority"] = 2;
    body["retry"] = number_of(settings, "retry");
    body["expire"] = number_of(settings, "expire");
    body["tags"] = tag;
  } else if (message.firing && message.severity >= model::Severity::kCritical) {
    body["priority"] = 1;  // also in the quiet hours
  }
  if (!message.url.empty() && size_of(message.url, kMostUrl.unit) <= kMostUrl.most) {
    body["url"] = message.url;
    body["url_title"] = "Holter";
  }
  for (std::string_view field : {"device", "sound"})
    if (auto value = settings.get(field); !value.empty()) body[field] = boost::json::string(value);
  return body;
}

/// Ends the ringing of a group that is resolved.
boost::asio::awaitable<Outcome> cancel(const Settings& settings, const std::string& tag, Wire& wire) {
  HttpCall call{.url = join_url(settings.get("api_url"), fmt::format("/1/receipts/cancel_by_tag/{}.json", tag)),
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .body = fmt::format("token={}", percent_encoded(settings.get("token")))};
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto hash = sha256_hex(message.group);
  if (!hash) co_return outcome_of(hash.error());
  auto tag = hash->substr(0, 32);
  // First: a repeated attempt may cancel again, but must not tell again.
  if (!message.firing && is_emergency(message, settings))
    if (auto cancelled = co_await cancel(settings, tag, wire); cancelled.kind != Outcome::Kind::kDelivered) {
      cancelled.answer.insert(0, "cannot end the emergency: ");
      co_return cancelled;
    }
  co_return co_await deliver(
      json_call(join_url(settings.get("api_url"), "/1/messages.json"), body_of(message, settings, tag)),
      Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  auto retry = number_of(settings, "retry"), expire = number_of(settings, "expire");
  if (retry < kLeastRetry)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use 'retry': {} s is the least", kLeastRetry));
  if (expire < retry || expire > kMostExpire)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use 'expire': it must be at least 'retry' and at most {} s", kMostExpire));
  return {};
}

constexpr PluginInfo kPlugin{.name = "pushover",
                             .title_en = "Pushover",
                             .title_zh = "Pushover",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 1024,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& pushover_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
