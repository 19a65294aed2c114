#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include "app/answer_text.h"
#include "app/commands.h"
#include "base/percent.h"
#include "base/units.h"

// Incidents and silences of a running server.
namespace holter::app {
namespace {

namespace json = boost::json;

std::string label_of(const json::object& row, std::string_view name) {
  const auto* labels = row.if_contains("labels");
  return labels != nullptr && labels->is_object() ? text_of(labels->get_object(), name) : "";
}

/// "2026-11-24T10:05:40.123Z" -> "11-24 10:05:40"
std::string time_of(const json::object& row, std::string_view key) {
  auto text = text_of(row, key);
  return text.size() >= 19 ? text.substr(5, 5) + " " + text.substr(11, 8) : text;
}

const char* color_of(std::string_view severity) {
  if (isatty(STDOUT_FILENO) != 1) return "";
  if (severity == "emergency" || severity == "critical") return "\x1b[31m";
  return severity == "warning" ? "\x1b[33m" : "\x1b[90m";
}

/// What people have done about it, and what keeps it from being told.
std::string remarks_of(const json::object& row) {
  std::string remarks = text_of(row, "resolution");
  auto add = [&](std::string text) { remarks += (remarks.empty() ? "" : ", ") + std::move(text); };
  if (auto who = text_of(row, "acknowledged_by"); !who.empty()) add("acknowledged by " + who);
  if (auto who = text_of(row, "assignee"); !who.empty()) add("assigned to " + who);
  if (!text_of(row, "snoozed_until").empty()) add("snoozed until " + time_of(row, "snoozed_until"));
  if (const auto* ids = row.if_contains("silenced_by"); ids != nullptr && ids->is_array() && !ids->get_array().empty())
    add("silenced");
  if (!text_of(row, "inhibited_by").empty()) add("inhibited");
  return remarks;
}

void print_incidents(const json::value& page) {
  const auto& rows = page.as_object().at("incidents").as_array();
  if (rows.empty()) {
    fmt::print("no incidents\n");
    return;
  }
  std::size_t width = 5, rule_width = 4;
  for (const auto& row : rows) {
    width = std::max(width, label_of(row.as_object(), "monitor").size());
    rule_width = std::max(rule_width, text_of(row.as_object(), "rule").size());
  }
  width = std::min<std::size_t>(width, 40);
  rule_width = std::min<std::size_t>(rule_width, 32);
  const char* reset = isatty(STDOUT_FILENO) == 1 ? "\x1b[0m" : "";
  fmt::print("{:>6} {:<9} {:<{}} {:<{}} {:<14} {}\n", "ID", "SEVERITY", "RULE", rule_width, "MONITOR", width, "SINCE",
             "WHAT");
  for (const auto& item : rows) {
    const auto& row = item.as_object();
    auto severity = text_of(row, "severity");
    auto what = excerpt(text_of(row, "evidence"), 60);
    if (const auto* annotations = row.if_contains("annotations"); annotations != nullptr && annotations->is_object())
      if (auto summary = text_of(annotations->get_object(), "summary"); !summary.empty()) what = excerpt(summary, 80);
    if (auto remarks = remarks_of(row); !remarks.empty()) what += (what.empty() ? "(" : " (") + remarks + ")";
    fmt::print("{:>6} {}{:<9}{} {:<{}} {:<{}} {:<14} {}\n", text_of(row, "id"), color_of(severity), severity, reset,
               excerpt(text_of(row, "rule"), rule_width), rule_width, excerpt(label_of(row, "monitor"), width), width,
               time_of(row, "started"), what);
  }
  if (const auto* next = page.as_object().if_contains("next"); next != nullptr && !next->is_null())
    fmt::print("... there are more; --limit shows more\n");
}

void print_silences(const json::value& page) {
  const auto& rows = page.as_object().at("documents").as_array();
  if (rows.empty()) fmt::print("no silences\n");
  for (const auto& item : rows) {
    const auto& row = item.as_object();
    const auto& spec = row.at("spec").as_object();
    const auto& status = row.at("status").as_object();
    fmt::print("{:>6} {:<8} until {} catches {:<4} {}  {} ({})\n", text_of(row, "id"), text_of(status, "state"),
               text_of(spec, "ends"), text_of(status, "catches"), text_of(spec, "matchers"), text_of(spec, "comment"),
               text_of(row, "created_by"));
  }
}

/// Asks, prints by `print`, and says what went wrong.
int run(const ServerAddress& address, ApiClient::Request request, void (*print)(const json::value&)) {
  ApiClient client(address);
  auto answer = client.ask(std::move(request));
  if (!answer) return tell_failure(client, answer.error());
  try {
    print(*answer);
  } catch (const std::exception& e) {
    fmt::print(stderr, "holter: cannot read the answer of {}: {}; is that Holter of this version?\n", address.server,
               e.what());
    return 1;
  }
  return 0;
}

void print_json(const json::value& answer) {
  fmt::print("{}\n", json::serialize(answer));
}

}  // namespace

int alerts(const AlertsOptions& options) {
  auto path = fmt::format("/api/v1/incidents?limit={}", options.limit);
  if (!options.all) path += "&open=true";
  if (!options.severity.empty()) path += "&severity=" + percent_encoded(options.severity);
  if (!options.text.empty()) path += "&text=" + percent_encoded(options.text);
  return run(options.address, {.path = path}, options.json ? print_json : print_incidents);
}

int list_silences(const SilenceOptions& options) {
  return run(options.address, {.path = "/api/v1/alerts/silences?limit=1000"},
             options.json ? print_json : print_silences);
}

int add_silence(const SilenceOptions& options) {
  auto length = parse_duration(options.length);
  if (!length) {
    fmt::print(stderr, "holter: --for: {}\n", length.error().message());
    return 2;
  }
  std::string matchers;
  for (const auto& matcher : options.matchers) matchers += (matchers.empty() ? "" : ", ") + matcher;
  auto now = SystemClock().wall();
  // Names are unique, and nobody wants to think of one in the middle of the night.
  auto name = options.name.empty() ? fmt::format("{} {}", excerpt(matchers, 100), format_time(now)) : options.name;
  json::object content{{"name", name},
                       {"spec",
                        {{"matchers", matchers},
                         {"starts", format_time(now)},
                         {"ends", format_time(now + *length)},
                         {"comment", options.comment}}}};
  auto told = [](const json::value& answer) {
    const auto& row = answer.as_object();
    fmt::print("silence {} until {}; it catches {} of the incidents that are open\n", text_of(row, "id"),
               text_of(row.at("spec").as_object(), "ends"), text_of(row.at("status").as_object(), "catches"));
  };
  return run(options.address, {.path = "/api/v1/alerts/silences", .content = json::serialize(content)},
             options.json ? print_json : +told);
}

int end_silence(const SilenceOptions& options) {
  auto told = [](const json::value&) { fmt::print("the silence has ended\n"); };
  return run(options.address,
             {.path = fmt::format("/api/v1/alerts/silences/{}", options.id), .content = "", .method = "DELETE"},
             options.json ? print_json : +told);
}

}  // namespace holter::app
