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
    Field{.name = "api_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "API key",
          .title_zh = "API 密钥",
          .help_en = "Of an API integration that may create alerts.",
          .help_zh = "允许创建告警的 API 集成密钥。"},
    Field{.name = "teams",
          .type = Type::kLines,
          .title_en = "Teams",
          .title_zh = "响应团队",
          .help_en = "Names, one a line; empty: the integration's.",
          .help_zh = "团队名称，每行一个；留空则使用集成所属团队。"},
    Field{.name = "tags", .type = Type::kLines, .title_en = "Tags", .title_zh = "标签"},
    Field{.name = "api_url",
          .type = Type::kUrl,
          .title_en = "API address",
          .title_zh = "接口地址",
          .help_en = "https://api.eu.opsgenie.com for accounts in the EU.",
          .help_zh = "欧盟区账户使用 https://api.eu.opsgenie.com。",
          .otherwise = "https://api.opsgenie.com",
          .decides_peer = true},
};

constexpr Limit kMostMessage = characters(130), kMostDescription = characters(15'000), kMostDetail = characters(400);
constexpr std::size_t kMostAlias = 512, kMostTags = 20, kMostDetails = 50;

std::string_view priority_of(model::Severity severity) {
  switch (severity) {
    case model::Severity::kInfo:
      return "P5";
    case model::Severity::kWarning:
      return "P3";
    case model::Severity::kCritical:
      return "P2";
    case model::Severity::kEmergency:
      return "P1";
  }
  return "P3";
}

/// 202: taken, and worked on later. 401 and 403 the key, 422 a field, 429 too many ("Response codes").
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    auto request = object ? member_text(*object, "requestId") : std::string();
    if (request.empty()) return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}, request {}", answer.status, one_line(request, 60)));
  }
  if (object) outcome.answer = fmt::format("HTTP {}: {}", answer.status, one_line(member_text(*object, "message")));
  return outcome;
}

boost::json::object alert_of(const Message& message, const Settings& settings, const std::string& alias) {
  boost::json::array responders, tags;
  for (auto team : split_list(settings.get("teams")))
    responders.push_back({{"type", "team"}, {"name", boost::json::string(team)}});
  for (auto tag : split_list(settings.get("tags")))
    if (tags.size() < kMostTags) tags.emplace_back(cut(tag, characters(50)));
  boost::json::object details;
  for (const auto& [name, value] : message.common_labels)
    if (details.size() < kMostDetails) details[name] = cut(value, kMostDetail);
  if (!message.url.empty()) details["url"] = message.url;
  boost::json::object body{{"message", cut(message.title, kMostMessage)},
                           {"alias", alias},
                           {"description", plain_text(message, kMostDescription)},
                           {"details", std::move(details)},
                           {"source", "Holter"},
                           {"priority", boost::json::string(priority_of(message.severity))}};
  if (auto monitor = model::label_of(message.common_labels, "monitor"); !monitor.empty())
    body["entity"] = cut(monitor, characters(500));
  if (!responders.empty()) body["responders"] = std::move(responders);
  if (!tags.empty()) body["tags"] = std::move(tags);
  return body;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto alias = message.group;
  if (alias.size() > kMostAlias) {
    auto hash = sha256_hex(message.group);
    if (!hash) co_return outcome_of(hash.error());
    alias = std::move(*hash);
  }
  auto base = settings.get("api_url");
  auto call =
      message.firing
          ? json_call(join_url(base, "/v2/alerts"), alert_of(message, settings, alias))
          : json_call(join_url(base, fmt::format("/v2/alerts/{}/close?identifierType=alias", percent_encoded(alias))),
                      {{"source", "Holter"}, {"note", plain_text(message, kMostDescription)}});
  call.headers.emplace_back("Authorization", fmt::format("GenieKey {}", settings.get("api_key")));
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "opsgenie",
                             .title_en = "Opsgenie",
                             .title_zh = "Opsgenie",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 15'000,
                             .send = send};

}  // namespace

const PluginInfo& opsgenie_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
