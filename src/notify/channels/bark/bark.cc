#include <array>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "device_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "Device key",
          .title_zh = "设备 Key",
          .help_en = "The first part of the path of the address that the app shows.",
          .help_zh = "App 中显示的地址里路径的第一段。"},
    Field{.name = "group",
          .title_en = "Group",
          .title_zh = "分组",
          .help_en = "Under which the app shows the messages together.",
          .help_zh = "App 中按该分组归类显示。",
          .otherwise = "Holter"},
    Field{.name = "sound", .title_en = "Sound", .title_zh = "铃声"},
    Field{.name = "server",
          .type = Type::kUrl,
          .title_en = "Server",
          .title_zh = "服务器地址",
          .otherwise = "https://api.day.app",
          .decides_peer = true},
};

/// A push of Apple has at most 4096 bytes in all.
constexpr Limit kMostText = bytes(2500), kMostTitle = bytes(300);
constexpr std::size_t kMostUrl = 500;

/// "critical" rings even when the phone is mute; "timeSensitive" shows in spite of a focus (Bark, "level").
std::string_view level_of(const Message& message) {
  if (!message.firing) return "active";
  switch (message.severity) {
    case model::Severity::kInfo:
    case model::Severity::kWarning:
      return "active";
    case model::Severity::kCritical:
      return "timeSensitive";
    case model::Severity::kEmergency:
      return "critical";
  }
  return "active";
}

constexpr std::array kCodes{
    retry_code("500", seconds(30)),  // Apple's service did not take it
    give_up_code("400"),             // no such device
};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"code", "message", "200"}, kCodes);
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object body{{"device_key", boost::json::string(settings.get("device_key"))},
                           {"title", cut(message.title, kMostTitle)},
                           {"body", cut(message.text.empty() ? message.title : message.text, kMostText)},
                           {"level", boost::json::string(level_of(message))},
                           {"group", boost::json::string(settings.get("group"))}};
  if (auto sound = settings.get("sound"); !sound.empty()) body["sound"] = boost::json::string(sound);
  if (!message.url.empty() && message.url.size() <= kMostUrl) body["url"] = message.url;
  co_return co_await deliver(json_call(join_url(settings.get("server"), "/push"), body), Secrets(kFields, settings),
                             wire, judge);
}

constexpr PluginInfo kPlugin{.name = "bark",
                             .title_en = "Bark",
                             .title_zh = "Bark",
                             .fields = kFields,
                             .format = BodyFormat::kText,
                             .most_text = 2500,
                             .send = send};

}  // namespace

const PluginInfo& bark_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
