#include <array>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "webhook_url",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Workflow address",
          .title_zh = "工作流地址",
          .help_en = "Of a workflow that posts to a channel or chat when a Teams webhook request is received.",
          .help_zh = "“收到 Teams Webhook 请求时”发布到频道或聊天的工作流地址。",
          .decides_peer = true},
};

/// A message of Teams may have 28 KB.
constexpr Limit kMostText = bytes(20'000), kMostTitle = bytes(1000);

std::string_view color_word(const Message& message) {
  if (!message.firing) return "good";
  switch (message.severity) {
    case model::Severity::kInfo:
      return "accent";
    case model::Severity::kWarning:
      return "warning";
    case model::Severity::kCritical:
    case model::Severity::kEmergency:
      return "attention";
  }
  return "attention";
}

/// An adaptive card (Microsoft, "Adaptive Cards schema", 1.4).
boost::json::object card_of(const Message& message) {
  boost::json::array body{{{"type", "TextBlock"},
                           {"text", cut(message.title, kMostTitle)},
                           {"weight", "bolder"},
                           {"size", "medium"},
                           {"color", boost::json::string(color_word(message))},
                           {"wrap", true}}};
  if (!message.text.empty())
    body.push_back({{"type", "TextBlock"}, {"text", cut(message.text, kMostText)}, {"wrap", true}});
  boost::json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                           {"type", "AdaptiveCard"},
                           {"version", "1.4"},
                           {"msteams", {{"width", "Full"}}},
                           {"body", std::move(body)}};
  if (!message.url.empty())
    card["actions"] = boost::json::array{{{"type", "Action.OpenUrl"}, {"title", "Holter"}, {"url", message.url}}};
  return card;
}

/// 202 says that the workflow runs. Errors have a status; Power Automate has no codes worth another meaning.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  if (is_success(answer)) return outcome;
  if (auto object = parse_object(answer.body))
    if (auto words = member_text(*object, "error.message"); !words.empty())
      outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "error.code"), 60),
                                   one_line(words));
  return outcome;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object body{
      {"type", "message"},
      {"attachments", boost::json::array{{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                          {"contentUrl", nullptr},
                                          {"content", card_of(message)}}}}};
  co_return co_await deliver(json_call(std::string(settings.get("webhook_url")), body), Secrets(kFields, settings),
                             wire, judge);
}

constexpr PluginInfo kPlugin{
    .name = "teams",
    .title_en = "Microsoft Teams",
    .title_zh = "Microsoft Teams",
    .fields = kFields,
    .format = BodyFormat::kMarkdown,
    .most_text = 20'000,
    .send = send,
    .check = [](const Settings& settings) { return check_secret_url(settings, "webhook_url"); }};

}  // namespace

const PluginInfo& teams_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
