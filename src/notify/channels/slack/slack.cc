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
          .title_en = "Webhook address",
          .title_zh = "Webhook 地址",
          .help_en = "https://hooks.slack.com/services/... of an incoming webhook; whoever has it can post.",
          .help_zh = "Incoming Webhook 的 https://hooks.slack.com/services/... 地址；持有者即可发消息。",
          .decides_peer = true},
    Field{.name = "mentions",
          .type = Type::kLines,
          .title_en = "Mentions",
          .title_zh = "提醒",
          .help_en = "Ids of users (U...) and user groups (S...), here, channel or everyone; one a line.",
          .help_zh = "用户 ID（U 开头）、用户组 ID（S 开头）、here、channel 或 everyone，每行一个。"},
};

constexpr Limit kMostSection = characters(3000), kMostTitle = characters(1000);

/// The three characters that Slack gives a meaning ("Formatting text for app surfaces").
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string mentions_of(std::string_view list) {
  std::string text;
  for (auto one : split_list(list)) {
    bool special = one == "here" || one == "channel" || one == "everyone";
    text += special ? fmt::format("<!{}> ", one)
                    : fmt::format(fmt::runtime(one.starts_with('S') ? "<!subteam^{}> " : "<@{}> "), one);
  }
  return text;
}

/// Escapes lengthen a text, and a cut through one of them would show: so the text is cut until it fits.
std::string section_text(std::string_view text) {
  for (auto most = kMostSection.most;; most = most * 3 / 4) {
    auto out = escaped(cut(text, characters(most)));
    if (size_of(out, kMostSection.unit) <= kMostSection.most) return out;
  }
}

boost::json::object body_of(const Message& message, const Settings& settings) {
  auto title = fmt::format("*{}*", escaped(cut(message.title, kMostTitle)));
  boost::json::array blocks;
  if (!message.text.empty())
    blocks.push_back({{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", section_text(message.text)}}}});
  if (!message.url.empty())
    blocks.push_back({{"type", "actions"},
                      {"elements", boost::json::array{{{"type", "button"},
                                                       {"text", {{"type", "plain_text"}, {"text", "Holter"}}},
                                                       {"url", message.url}}}}});
  boost::json::object body{{"text", mentions_of(settings.get("mentions")) + title}};
  if (!blocks.empty())
    body["attachments"] = boost::json::array{{{"color", color_text(message)}, {"blocks", std::move(blocks)}}};
  return body;
}

/// Words of Slack ("Sending messages using incoming webhooks") come with a status that says the same: 400
/// invalid_payload, user_not_found; 403 action_prohibited; 404 channel_not_found, no_service; 410 channel_is_archived;
/// 500 rollup_error.
Outcome judge(const HttpAnswer& answer, WallTime now) {
  return is_success(answer) && one_line(answer.body) != "ok" ? unreadable(answer) : outcome_of(answer, now);
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  co_return co_await deliver(json_call(std::string(settings.get("webhook_url")), body_of(message, settings)),
                             Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{
    .name = "slack",
    .title_en = "Slack",
    .title_zh = "Slack",
    .fields = kFields,
    .format = BodyFormat::kText,
    .most_text = 3000,
    .send = send,
    .check = [](const Settings& settings) { return check_secret_url(settings, "webhook_url"); }};

}  // namespace

const PluginInfo& slack_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
