#include <array>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "server",
          .type = Type::kUrl,
          .required = true,
          .title_en = "Server",
          .title_zh = "服务器地址",
          .help_en = "Base address of the Gotify server.",
          .help_zh = "Gotify 服务器的基础地址。",
          .decides_peer = true},
    Field{.name = "token",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Application token",
          .title_zh = "应用令牌",
          .help_en = "Of an application (begins with A), not of a client.",
          .help_zh = "应用（Application，A 开头）的令牌，不是客户端令牌。"},
};

constexpr Limit kMostText = bytes(16'000), kMostTitle = bytes(1000);

/// 0 to 10: from 4 a sound, from 8 vibration, too (Gotify for Android).
int priority_of(const Message& message) {
  if (!message.firing) return 4;
  switch (message.severity) {
    case model::Severity::kInfo:
      return 4;
    case model::Severity::kWarning:
      return 6;
    case model::Severity::kCritical:
      return 8;
    case model::Severity::kEmergency:
      return 10;
  }
  return 6;
}

Outcome judge(const HttpAnswer& answer, WallTime now) {
  auto outcome = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  if (is_success(answer)) {
    auto id = object ? member_text(*object, "id") : std::string();
    if (id.empty()) return unreadable(answer);
    return Outcome::delivered(fmt::format("HTTP {}, message {}", answer.status, one_line(id, 40)));
  }
  if (object)
    outcome.answer = fmt::format("HTTP {}, {}: {}", answer.status, one_line(member_text(*object, "error"), 60),
                                 one_line(member_text(*object, "errorDescription")));
  return outcome;
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object extras{{"client::display", {{"contentType", "text/markdown"}}}};
  if (!message.url.empty()) extras["client::notification"] = {{"click", {{"url", message.url}}}};
  boost::json::object body{{"title", cut(message.title, kMostTitle)},
                           {"message", cut(message.text.empty() ? message.title : message.text, kMostText)},
                           {"priority", priority_of(message)},
                           {"extras", std::move(extras)}};
  auto call = json_call(join_url(settings.get("server"), "/message"), body);
  call.headers.emplace_back("X-Gotify-Key", settings.get("token"));
  co_return co_await deliver(std::move(call), Secrets(kFields, settings), wire, judge);
}

constexpr PluginInfo kPlugin{.name = "gotify",
                             .title_en = "Gotify",
                             .title_zh = "Gotify",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 16'000,
                             .send = send};

}  // namespace

const PluginInfo& gotify_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
