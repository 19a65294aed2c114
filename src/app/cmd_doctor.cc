#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/commands.h"
#include "app/doctor_report.h"
#include "app/loaded.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "doctor/checks.h"
#include "memory/limit.h"

namespace holter::app {
namespace {

using doctor::Finding;
using doctor::Level;

/// What all files say together. Definitions and monitors are read only where the configuration can be used.
Finding check_files(Loaded& loaded) {
  std::size_t monitors = 0;
  if (loaded.problems.ok()) load_definitions(loaded);
  if (loaded.problems.ok())
    define::load_monitors(loaded.config.monitors, loaded.definitions, loaded.config.collect.min_interval,
                          loaded.problems, [&](model::Monitor&&) { return ++monitors > 0; });
  const auto& problems = loaded.problems;
  Finding finding{.check = "configuration",
                  .text = fmt::format("{} definitions, {} monitors, {} errors, {} warnings", loaded.definitions.size(),
                                      monitors, problems.errors, problems.warnings)};
  if (problems.errors + problems.warnings == 0) return finding;
  finding.level = problems.ok() ? Level::kWarning : Level::kError;
  for (const auto& problem : problems.list) finding.advice += define::to_string(problem) + "\n";
  finding.advice += "more: holter check";
  return finding;
}

/// The machine first, since without a directory or a port the best of monitors do not help.
std::vector<Finding> examine(const std::string& config) {
  auto loaded = load_settings(config);
  std::vector<Finding> findings;
  if (loaded.problems.ok()) {
    auto shards = loaded.config.collect.shards != 0 ? loaded.config.collect.shards : most_shards();
    findings = doctor::check_all(
        doctor::gather({.config = loaded.config,
                        .budget = memory_budget(loaded.config.memory, memory::container_limit().bytes),
                        .shards = shards},
                       SystemClock()));
  }
  findings.push_back(check_files(loaded));
  return findings;
}

void print_text(const std::vector<Finding>& findings) {
  for (const auto& finding : findings) {
    fmt::print("{:<8} {:<13} {}\n", doctor::to_string(finding.level), finding.check, finding.text);
    std::string_view rest = finding.advice;
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      fmt::print("{:<23}{}\n", "", line);
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
  }
}

/// Paths, and what answered on a port, need not be UTF-8; JSON must be.
boost::json::string json_text(std::string_view text) {
  std::string scratch;
  return boost::json::string(as_utf8(text, scratch));
}

std::size_t count(const std::vector<Finding>& findings, Level level) {
  return static_cast<std::size_t>(std::ranges::count(findings, level, &Finding::level));
}

std::string to_json(const std::vector<Finding>& findings) {
  boost::json::array checks;
  for (const auto& finding : findings)
    checks.push_back({{"check", finding.check},
                      {"level", doctor::to_string(finding.level)},
                      {"text", json_text(finding.text)},
                      {"advice", json_text(finding.advice)}});
  boost::json::object all{{"checks", std::move(checks)},
                          {"errors", count(findings, Level::kError)},
                          {"warnings", count(findings, Level::kWarning)}};
  return boost::json::serialize(all) + "\n";
}

}  // namespace

std::string doctor_json(const std::string& config) {
  return to_json(examine(config));
}

int doctor(const std::string& config, bool as_json) {
  auto findings = examine(config);
  auto errors = count(findings, Level::kError);
  auto warnings = count(findings, Level::kWarning);
  if (as_json) {
    fmt::print("{}", to_json(findings));
  } else {
    print_text(findings);
    fmt::print("{} checks: {} errors, {} warnings\n", findings.size(), errors, warnings);
  }
  return errors == 0 ? 0 : 1;
}

}  // namespace holter::app
