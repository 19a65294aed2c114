#include <boost/json.hpp>

#include <fmt/format.h>

#include "app/answer_text.h"
#include "app/commands.h"
#include "base/units.h"

namespace holter::app {
namespace {

namespace json = boost::json;

std::string_view mark(std::string_view change) {
  if (change == "added") return "+";
  return change == "removed" ? "-" : "~";
}

void print_texts(std::string_view title, const json::value& texts) {
  for (const auto& text : texts.as_array()) fmt::print("  {} {}\n", title, std::string_view(text.as_string()));
}

std::uint64_t count(const json::object& report, std::string_view key) {
  return report.at(key).to_number<std::uint64_t>();
}

/// True: something differs.
bool print_report(const json::object& report) {
  const auto& monitors = report.at("monitors").as_array();
  for (const auto& monitor : monitors) {
    std::string_view change = monitor.at("change").as_string();
    fmt::print("  {} {}\n", mark(change), excerpt(std::string_view(monitor.at("name").as_string()), 100));
  }
  auto added = count(report, "added"), changed = count(report, "changed"), removed = count(report, "removed");
  auto all = added + changed + removed;
  if (all > monitors.size()) fmt::print("  ... and {} more\n", all - monitors.size());
  print_texts("setting:", report.at("settings"));
  print_texts("needs a restart:", report.at("needs_restart"));
  print_texts("problem:", report.at("problems"));
  fmt::print("{}{} to add, {} to change, {} to remove, {} as they are\n",
             report.at("dry_run").as_bool() ? "Dry run: " : "Applied: ", added, changed, removed,
             count(report, "unchanged"));
  return all > 0 || !report.at("settings").as_array().empty() || !report.at("needs_restart").as_array().empty();
}

}  // namespace

int apply(const ApplyOptions& options) {
  ApiClient client(options.address);
  auto answer = client.ask({.path = "/api/v1/reload",
                            .content = json::serialize(json::object{{"dry_run", options.dry_run}}),
                            .patience = std::chrono::seconds(60)});
  if (!answer) return tell_failure(client, answer.error());
  try {
    bool differs = print_report(answer->as_object());
    return options.dry_run && differs ? 2 : 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "holter: cannot read the answer: {}; is that Holter of this version?\n", e.what());
    return 1;
  }
}

}  // namespace holter::app
