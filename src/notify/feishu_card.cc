#include "notify/feishu_card.h"

#include <fmt/format.h>

namespace holter::notify {
namespace {

constexpr Limit kMostText = bytes(12'000), kMostTitle = bytes(400);

std::string_view template_of(const Message& message) {
  if (!message.firing) return "green";
  switch (message.severity) {
    case model::Severity::kInfo:
      return "blue";
    case model::Severity::kWarning:
      return "orange";
    case model::Severity::kCritical:
      return "red";
    case model::Severity::kEmergency:
      return "purple";
  }
  return "red";
}

}  // namespace

boost::json::object feishu_card(const Message& message, const std::vector<std::string_view>& mentions) {
  auto text = cut(message.text.empty() ? message.title : message.text, kMostText);
  if (!mentions.empty()) text += "\n";
  for (auto one : mentions) text += fmt::format("<at id={}></at>", one);
  boost::json::array elements{{{"tag", "markdown"}, {"content", text}}};
  if (!message.url.empty())
    elements.push_back({{"tag", "action"},
                        {"actions", boost::json::array{{{"tag", "button"},
                                                        {"text", {{"tag", "plain_text"}, {"content", "Holter"}}},
                                                        {"type", "primary"},
                                                        {"url", message.url}}}}});
  return {{"config", {{"wide_screen_mode", true}}},
          {"header",
           {{"title", {{"tag", "plain_text"}, {"content", cut(message.title, kMostTitle)}}},
            {"template", boost::json::string(template_of(message))}}},
          {"elements", std::move(elements)}};
}

}  // namespace holter::notify
