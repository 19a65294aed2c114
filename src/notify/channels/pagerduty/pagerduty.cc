#include <array>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "base/units.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "routing_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Integration key",
          .title_zh = "集成密钥",
          .help_en = "Of an Events API v2 integration of a service, 32 characters.",
          .help_zh = "服务中 Events API v2 集成的 32 位密钥。"},
    Field{.name = "component",
          .title_en = "Component",
          .title_zh = "组件",
          .help_en = "What PagerDuty shows as the component of the alert.",
          .help_zh = "PagerDuty 告警中显示的组件。"},
    Field{.name = "class",
          .title_en = "Class",
          .title_zh = "类别",
          .help_en = "What PagerDuty shows as the class of the alert.",
          .help_zh = "PagerDuty 告警中显示的类别。"},
    Field{.name = "api_url",
          .type = Type::kUrl,
          .title_en = "API address",
          .title_zh = "接口地址",
          .help_en = "https://events.eu.pagerduty.com for accounts in the EU.",
          .help_zh = "欧盟区账户使用 https://events.eu.pagerduty.com。",
          .otherwise = "https://events.pagerduty.com",
          .decides_peer = true},
};

constexpr Limit kMostSummary = characters(1024), kMostDetails = bytes(100'000);
constexpr std::size_t kMostDedupKey = 255;

std::string_view severity_word(model::Severity severity) {
  switch (severity) {
    case model::Severity::kInfo:
      return "info";
    case model::Severity::kWarning:
      return "warning";
    case model::Severity::kCritical:
      return "error";
    case model::Severity::kEmergency:
      return "critical";
  }
  return "error";
}

/// 202 success; 400 "invalid event" with errors; 429 too many.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    if (!object || member_text(*object, "status") != "success") return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}: {}", answer.status, one_line(member_text(*object, "message"))));
  }
  if (!object) return outcome;
  auto words = member_text(*object, "message");
  if (const auto* errors = object->if_contains("errors"); errors != nullptr)
    words += " " + boost::json::serialize(*errors);
  outcome.answer =
      fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "status"), 60), one_line(words));
  return outcome;
}

boost::json::object details_of(const Message& message) {
  boost::json::object details{{"text", cut(message.text, kMostDetails)}};
  for (const auto& [name, value] : message.common_labels) details[name] = cut(value, bytes(1000));
  return details;
}

boost::json::object payload_of(const Message& message, const Settings& settings) {
  auto monitor = model::label_of(message.common_labels, "monitor");
  boost::json::object payload{{"summary", cut(message.title, kMostSummary)},
                              {"source", boost::json::string(monitor.empty() ? std::string_view("Holter") : monitor)},
                              {"severity", boost::json::string(severity_word(message.severity))},
                              {"custom_details", details_of(message)}};
  if (!message.alerts.empty()) payload["timestamp"] = format_time(message.alerts.front().starts);
  if (auto name = model::label_of(message.group_labels, "alertname"); !name.empty())
    payload["group"] = boost::json::string(name);
  for (std::string_view field : {"component", "class"})
    if (auto value = settings.get(field); !value.empty()) payload[field] = boost::json::string(value);
  return payload;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto dedup_key = message.group;
  if (dedup_key.size() > kMostDedupKey) {
    auto hash = sha256_hex(message.group);
    if (!hash) co_return outcome_of(hash.error());
    dedup_key = std::move(*hash);
  }
  boost::json::object body{{"routing_key", boost::json::string(settings.get("routing_key"))},
                           {"event_action", message.firing ? "trigger" : "resolve"},
                           {"dedup_key", dedup_key},
                           {"client", "Holter"}};
  if (message.firing) body["payload"] = payload_of(message, settings);
  if (!message.url.empty()) {
    body["client_url"] = message.url;
    body["links"] = boost::json::array{{{"href", message.url}, {"text", "Holter"}}};
  }
  co_return co_await deliver(json_call(join_url(settings.get("api_url"), "/v2/enqueue"), body),
                             Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "pagerduty",
                             .title_en = "PagerDuty",
                             .title_zh = "PagerDuty",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 100'000,
                             .send = send};

}  // namespace

const PluginInfo& pagerduty_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
