#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "notify/alert_json.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMostArguments = 50;
constexpr std::size_t kLongestVariable = 8 * 1024;

constexpr std::array kFields{
    Field{.name = "program",
          .required = true,
          .title_en = "Program",
          .title_zh = "程序",
          .help_en = "Its path, such as /usr/local/bin/tell",
          .help_zh = "绝对路径，如 /usr/local/bin/tell",
          .decides_peer = true},
    Field{.name = "arguments",
          .type = Field::Type::kLines,
          .title_en = "Arguments",
          .title_zh = "参数",
          .help_en = "One a line; no shell reads them",
          .help_zh = "每行一个，不经过 shell"},
    Field{.name = "allowed", .type = Field::Type::kBoolean, .otherwise = "false", .by_server = true},
};

Error wrong(std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the receiver: {}", why)};
}

Result<std::vector<std::string>> command_of(const Settings& settings) {
  std::vector<std::string> command{std::string(settings.get("program"))};
  if (!command.front().starts_with('/')) return wrong("'program' is not a path that begins with /");
  auto lines = settings.get("arguments");
  while (!lines.empty()) {
    auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    command.emplace_back(line);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  if (command.size() > kMostArguments + 1)
    return wrong(fmt::format("'arguments' has {} lines; {} is the most", command.size() - 1, kMostArguments));
  return command;
}

Status check(const Settings& settings) {
  TRY_OK(command_of(settings));
  return {};
}

/// A variable cannot hold a zero byte.
std::string variable(std::string_view text) {
  std::string value(text.substr(0, kLongestVariable));
  std::ranges::replace(value, '\0', ' ');
  return value;
}

/// Names after sysexits.h: what will never work as it is.
bool is_final(int status) {
  constexpr std::array kFinal{64 /* usage */, 77 /* no permission */, 78 /* configuration */, 126,
                              127 /* no program */};
  return std::ranges::find(kFinal, status) != kFinal.end();
}

awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  if (!settings.is_true("allowed"))
    co_return Outcome::give_up("cannot run a program: the configuration does not allow it");
  auto command = command_of(settings);
  if (!command) co_return outcome_of(command.error());
  CommandCall call;
  call.arguments = std::move(*command);
  call.input = holter_json(message);
  auto firing = std::ranges::count_if(message.alerts, [](const auto& alert) { return alert.firing(); });
  call.environment = {{"HOLTER_KEY", variable(message.key)},
                      {"HOLTER_GROUP", variable(message.group)},
                      {"HOLTER_RECEIVER", variable(message.receiver)},
                      {"HOLTER_STATUS", message.firing ? "firing" : "resolved"},
                      {"HOLTER_SEVERITY", std::string(to_string(message.severity))},
                      {"HOLTER_TITLE", variable(message.title)},
                      {"HOLTER_TEXT", variable(message.text)},
                      {"HOLTER_URL", variable(message.url)},
                      {"HOLTER_ALERTS", std::to_string(message.alerts.size())},
                      {"HOLTER_FIRING", std::to_string(firing)}};
  auto answer = co_await wire.command(std::move(call));
  if (!answer) co_return outcome_of(answer.error());
  auto output = one_line(answer->output);
  auto told = fmt::format("exit {}{}{}", answer->status, output.empty() ? "" : ": ", output);
  if (answer->status == 0) co_return Outcome::delivered(std::move(told));
  co_return is_final(answer->status) ? Outcome::give_up(std::move(told)) : Outcome::retry(std::move(told));
}

constexpr PluginInfo kInfo{.name = "exec",
                           .title_en = "Program",
                           .title_zh = "执行程序",
                           .fields = kFields,
                           .most_text = kLongestVariable,
                           .send = &send,
                           .check = &check};

}  // namespace

const PluginInfo& exec_plugin() {
  return kInfo;
}

}  // namespace holter::notify
