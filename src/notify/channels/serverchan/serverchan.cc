#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/percent.h"
#include "notify/channel_tools.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using Type = Field::Type;

constexpr std::array kFields{
    Field{.name = "send_key",
          .type = Type::kPassword,
          .required = true,
          .title_en = "SendKey",
          .title_zh = "SendKey",
          .help_en = "SCT... of ServerChan Turbo, or sctp... of ServerChan 3.",
          .help_zh = "Server酱 Turbo 版（SCT 开头）或 Server酱³（sctp 开头）的 SendKey。"},
    Field{.name = "channel",
          .title_en = "Ways",
          .title_zh = "推送通道",
          .help_en = "Numbers of the ways of ServerChan Turbo, two at most, with | between.",
          .help_zh = "Turbo 版的通道编号，最多两个，以 | 分隔。"},
    Field{.name = "api_url",
          .type = Type::kUrl,
          .title_en = "API address",
          .title_zh = "接口地址",
          .help_en = "Empty: the one that belongs to the key.",
          .help_zh = "留空则使用 SendKey 对应的地址。",
          .decides_peer = true},
};

constexpr Limit kMostTitle = characters(32), kMostText = bytes(32'000);
constexpr std::string_view kThird = "sctp";

/// The user's number in a key of ServerChan 3, "sctp<number>t..."; "" for others.
std::string_view number_in(std::string_view key) {
  if (!key.starts_with(kThird)) return {};
  auto rest = key.substr(kThird.size());
  auto digits = rest.substr(0, rest.find_first_not_of("0123456789"));
  return rest.substr(digits.size()).starts_with('t') ? digits : std::string_view();
}

std::string url_of(const Settings& settings) {
  auto key = settings.get("send_key"), base = settings.get("api_url"), number = number_in(key);
  auto encoded = percent_encoded(key);
  if (number.empty())
    return join_url(base.empty() ? "https://sctapi.ftqq.com" : base, fmt::format("/{}.send", encoded));
  auto third = fmt::format("https://{}.push.ft07.com", number);
  return join_url(base.empty() ? std::string_view(third) : base, fmt::format("/send/{}.send", encoded));
}

/// 40001: the key, or the day's quota: neither works later the same day by asking again.
constexpr std::array kCodes{give_up_code("40001"), give_up_code("20001")};

Outcome judge(const HttpAnswer& answer, WallTime now) {
  return outcome_of_code(answer, now, {"code", "message", "0"}, kCodes);
}

boost::asio::awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  boost::json::object body{{"title", cut(message.title, kMostTitle)}, {"desp", markdown_text(message, kMostText)}};
  if (auto channel = settings.get("channel"); !channel.empty()) body["channel"] = boost::json::string(channel);
  co_return co_await deliver(json_call(url_of(settings), body), Secrets(kFields, settings), wire, judge);
}

Status check(const Settings& settings) {
  auto key = settings.get("send_key");
  bool known = key.starts_with(kThird) ? !number_in(key).empty() : key.starts_with("SCT");
  if (!known)
    return Error(ErrorCode::kInvalidArgument, "cannot use 'send_key': it begins with SCT, or sctp and a number");
  return {};
}

constexpr PluginInfo kPlugin{.name = "serverchan",
                             .title_en = "ServerChan",
                             .title_zh = "Server酱",
                             .fields = kFields,
                             .format = BodyFormat::kMarkdown,
                             .most_text = 31'000,
                             .send = send,
                             .check = check};

}  // namespace

const PluginInfo& serverchan_plugin() {
  return kPlugin;
}

}  // namespace holter::notify
