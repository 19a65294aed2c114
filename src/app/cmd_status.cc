#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include "app/answer_text.h"
#include "app/commands.h"
#include "base/percent.h"
#include "base/units.h"

namespace holter::app {
namespace {

namespace json = boost::json;

std::string or_dash(const json::object& row, std::string_view key) {
  return text_of(row, key, "-");
}

/// "2026-11-24T10:05:40.123Z" -> "10:05:40"
std::string time_of(const json::object& row, std::string_view key) {
  auto text = or_dash(row, key);
  return text.size() >= 19 ? text.substr(11, 8) : text;
}

std::string duration_of(const json::object& row) {
  const auto* value = row.if_contains("duration_ms");
  return value != nullptr && value->is_number() ? fmt::format("{:.3f} ms", value->to_number<double>()) : "-";
}

const char* color_of(std::string_view state) {
  if (isatty(STDOUT_FILENO) != 1) return "";
  if (state == "UP") return "\x1b[32m";
  if (state == "DOWN") return "\x1b[31m";
  return state == "STALE" || state == "UNREACHABLE" ? "\x1b[33m" : "\x1b[90m";
}

void print_summary(const json::value& summary) {
  const auto& s = summary.as_object().at("states").as_object();
  auto unreachable = or_dash(s, "UNREACHABLE");
  // Whoever sees some folders only is not told of the server's memory.
  std::string memory;
  if (const auto* told = summary.as_object().at("memory").if_object())
    memory = fmt::format("; memory {} of {}", format_size(told->at("resident_bytes").to_number<std::uint64_t>()),
                         format_size(told->at("budget_bytes").to_number<std::uint64_t>()));
  fmt::print("{} monitors: {} up, {} down{}, {} unknown, {} stale, {} paused{}\n",
             or_dash(summary.as_object(), "monitors"), or_dash(s, "UP"), or_dash(s, "DOWN"),
             unreachable == "0" ? "" : fmt::format(", {} unreachable", unreachable), or_dash(s, "UNKNOWN"),
             or_dash(s, "STALE"), or_dash(s, "PAUSED"), memory);
}

/// The level with its cause, what is left, who is paused and what is being done.
void print_memory(const json::value& answer) {
  const auto& memory = answer.as_object();
  const auto& level = memory.at("level").as_object();
  const auto& signals = level.at("signals").as_object();
  auto cause = or_dash(signals, "cause");
  fmt::print("memory level {}{}, {} at {:.0f} %; least left so far {}\n", or_dash(level, "name"),
             level.at("since").is_null() ? "" : " since " + time_of(level, "since"), cause,
             signals.at(cause).to_number<double>() * 100,
             format_size(memory.at("least_left_bytes").to_number<std::uint64_t>()));
  const auto& paused = memory.at("paused").as_object();
  if (auto count = paused.at("count").to_number<std::uint64_t>(); count > 0)
    fmt::print("  paused for want of memory: {} monitors, {}\n", count,
               format_size(paused.at("bytes").to_number<std::uint64_t>()));
  for (const auto& item : memory.at("actions").as_array()) {
    const auto& action = item.as_object();
    if (!action.at("active").as_bool()) continue;
    auto effect = or_dash(action, "effect");
    fmt::print("  {} since {}{}\n", or_dash(action, "name"), time_of(action, "since"),
               effect.empty() ? "" : ": " + excerpt(effect, 100));
  }
}

void print_table(const json::value& page) {
  const auto& rows = page.as_object().at("monitors").as_array();
  auto widest = [&rows](std::string_view key, std::string_view head) {
    auto width = head.size();
    for (const auto& row : rows) width = std::max(width, or_dash(row.as_object(), key).size());
    return std::min<std::size_t>(40, width);
  };
  auto width = widest("name", "NAME");
  auto app_width = widest("app", "APP");
  fmt::print("{:<11} {:<{}} {:<{}} {:<5} {:<9} {:<9} {:>11}  {}\n", "STATE", "NAME", width, "APP", app_width, "OWNER",
             "LAST", "NEXT", "TIME", "MESSAGE");
  const char* reset = isatty(STDOUT_FILENO) == 1 ? "\x1b[0m" : "";
  for (const auto& item : rows) {
    const auto& row = item.as_object();
    auto state = or_dash(row, "state");
    auto message = or_dash(row, "message");
    if (auto because = or_dash(row, "unreachable_because"); because != "-")
      message = fmt::format("{} ({})", because, message);
    fmt::print("{}{:<11}{} {:<{}} {:<{}} {:<5} {:<9} {:<9} {:>11}  {}\n", color_of(state), state, reset,
               excerpt(or_dash(row, "name"), width), width, or_dash(row, "app"), app_width, or_dash(row, "owner"),
               time_of(row, "last_check"), time_of(row, "next_check"), duration_of(row),
               message == "-" ? "" : excerpt(message, 100));
  }
  auto total = page.as_object().at("total").to_number<std::size_t>();
  if (total > rows.size())
    fmt::print("... {} of {} shown; --limit shows more, --state and --text fewer\n", rows.size(), total);
}

}  // namespace

int status(const StatusOptions& options) {
  ApiClient client(options.address);
  auto list = fmt::format("/api/v1/monitors?limit={}", options.limit);
  if (!options.state.empty()) list += "&state=" + percent_encoded(options.state);
  if (!options.text.empty()) list += "&text=" + percent_encoded(options.text);
  std::vector<ApiClient::Request> requests;
  requests.push_back({.path = "/api/v1/summary"});
  requests.push_back({.path = "/api/v1/memory"});
  requests.push_back({.path = list});
  auto answers = client.ask(std::move(requests));
  try {
    if (answers[0]) print_summary(*answers[0]);
    if (answers[1]) print_memory(*answers[1]);
    // While memory is very short the list is refused, and the lines above say why.
    if (answers[2]) print_table(*answers[2]);
  } catch (const std::exception& e) {
    fmt::print(stderr, "holter: cannot read the answer of {}: {}; is that Holter of this version?\n",
               options.address.server, e.what());
    return 1;
  }
  for (const auto& answer : answers)
    if (!answer) return tell_failure(client, answer.error());
  return 0;
}

}  // namespace holter::app
