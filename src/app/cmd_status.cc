#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include "app/api_client.h"
#include "app/commands.h"
#include "base/units.h"

namespace holter::app {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& row, std::string_view key) {
  const auto* value = row.if_contains(key);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

/// "2026-11-24T10:05:40.123Z" -> "10:05:40"
std::string time_of(const json::object& row, std::string_view key) {
  auto text = text_of(row, key);
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
  const auto& memory = summary.as_object().at("memory").as_object();
  auto unreachable = text_of(s, "UNREACHABLE");
  fmt::print("{} monitors: {} up, {} down{}, {} unknown, {} stale, {} paused; memory {} of {}\n",
             text_of(summary.as_object(), "monitors"), text_of(s, "UP"), text_of(s, "DOWN"),
             unreachable == "0" ? "" : fmt::format(", {} unreachable", unreachable), text_of(s, "UNKNOWN"),
             text_of(s, "STALE"), text_of(s, "PAUSED"),
             format_size(memory.at("resident_bytes").to_number<std::uint64_t>()),
             format_size(memory.at("budget_bytes").to_number<std::uint64_t>()));
}

/// The level with its cause, what is left, who is paused and what is being done.
void print_memory(const json::value& answer) {
  const auto& memory = answer.as_object();
  const auto& level = memory.at("level").as_object();
  const auto& signals = level.at("signals").as_object();
  auto cause = text_of(signals, "cause");
  fmt::print("memory level {}{}, {} at {:.0f} %; least left so far {}\n", text_of(level, "name"),
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
    auto effect = text_of(action, "effect");
    fmt::print("  {} since {}{}\n", text_of(action, "name"), time_of(action, "since"),
               effect.empty() ? "" : ": " + excerpt(effect, 100));
  }
}

void print_table(const json::value& page) {
  const auto& rows = page.as_object().at("monitors").as_array();
  auto widest = [&rows](std::string_view key, std::string_view head) {
    auto width = head.size();
    for (const auto& row : rows) width = std::max(width, text_of(row.as_object(), key).size());
    return std::min<std::size_t>(40, width);
  };
  auto width = widest("name", "NAME");
  auto app_width = widest("app", "APP");
  fmt::print("{:<11} {:<{}} {:<{}} {:<5} {:<9} {:<9} {:>11}  {}\n", "STATE", "NAME", width, "APP", app_width, "OWNER",
             "LAST", "NEXT", "TIME", "MESSAGE");
  const char* reset = isatty(STDOUT_FILENO) == 1 ? "\x1b[0m" : "";
  for (const auto& item : rows) {
    const auto& row = item.as_object();
    auto state = text_of(row, "state");
    auto message = text_of(row, "message");
    if (auto because = text_of(row, "unreachable_because"); because != "-")
      message = fmt::format("{} ({})", because, message);
    fmt::print("{}{:<11}{} {:<{}} {:<{}} {:<5} {:<9} {:<9} {:>11}  {}\n", color_of(state), state, reset,
               excerpt(text_of(row, "name"), width), width, text_of(row, "app"), app_width, text_of(row, "owner"),
               time_of(row, "last_check"), time_of(row, "next_check"), duration_of(row),
               message == "-" ? "" : excerpt(message, 100));
  }
  auto total = page.as_object().at("total").to_number<std::size_t>();
  if (total > rows.size())
    fmt::print("... {} of {} shown; --limit shows more, --state and --text fewer\n", rows.size(), total);
}

std::string encode(std::string_view text) {
  std::string out;
  for (unsigned char c : text)
    out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

}  // namespace

int status(const StatusOptions& options) {
  ApiClient client(options.address);
  auto list = fmt::format("/api/v1/monitors?limit={}", options.limit);
  if (!options.state.empty()) list += "&state=" + encode(options.state);
  if (!options.text.empty()) list += "&text=" + encode(options.text);
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
    if (!answer) {
      fmt::print(stderr, "holter: {}\n", answer.error().message());
      if (auto advice = client.advice(answer.error()); !advice.empty()) fmt::print(stderr, "  {}\n", advice);
      return 1;
    }
  return 0;
}

}  // namespace holter::app
