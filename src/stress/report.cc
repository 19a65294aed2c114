#include "stress/report.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::stress {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

json::array levels(const Outcome& outcome) {
  json::array out;
  for (std::size_t i = 0; i < outcome.levels.size(); ++i)
    if (outcome.levels[i]) out.emplace_back(kLevelNames[i]);
  return out;
}

json::object counters(const Counters& c) {
  return {{"due", c.due},
          {"run", c.run},
          {"skipped", c.skipped},
          {"paused", c.paused},
          {"timeouts", c.timeouts},
          {"samples_sent", c.sent},
          {"samples_kept", c.kept},
          {"samples_lost", c.lost},
          {"history_restarts", c.restarts},
          {"dropped_rows", c.dropped_rows}};
}

json::object scenario(const Outcome& outcome) {
  json::array phases;
  for (const auto& phase : outcome.phases)
    phases.emplace_back(json::object{{"from_s", phase.from_s}, {"name", phase.name}});
  return {{"name", outcome.name},
          {"what", outcome.what},
          {"result", outcome.passed() ? "pass"
                     : outcome.ran    ? "fail"
                                      : "not run"},
          {"problems", texts(outcome.problems)},
          {"notes", texts(outcome.notes)},
          {"seconds", outcome.seconds},
          {"limit", outcome.limit_kind},
          {"budget_bytes", outcome.budget},
          {"peak_bytes", outcome.peak},
          {"group_peak_bytes", outcome.group_peak},
          {"kernel_kills", outcome.kills},
          {"history_limit_bytes", outcome.child_limit},
          {"history_peak_bytes", outcome.child_peak},
          {"levels", levels(outcome)},
          {"paused_most", outcome.paused_most},
          {"critical_checks", outcome.critical.checks},
          {"critical_p99_ms", outcome.critical.p99_ms},
          {"critical_most_ms", outcome.critical.most_ms},
          {"resident_before_bytes", outcome.before},
          {"resident_after_bytes", outcome.after},
          {"counters", counters(outcome.counters)},
          {"phases", std::move(phases)},
          {"picture", outcome.name + ".svg"}};
}

}  // namespace

std::string report_json(std::span<const Outcome> outcomes, bool quick) {
  json::array scenarios;
  bool passed = true;
  for (const auto& outcome : outcomes) {
    scenarios.emplace_back(scenario(outcome));
    passed = passed && outcome.passed();
  }
  json::object report{{"version", 1}, {"quick", quick}, {"passed", passed}, {"scenarios", std::move(scenarios)}};
  return json::serialize(report) + "\n";
}

std::string table(std::span<const Outcome> outcomes) {
  auto out = fmt::format("\n{:<10}{:<8}{:>10}{:>7}{:>10}{:>7}  {:<10}{:>8}{:>10}{:>8}{:>11}{:>11}{:>7}\n", "SCENARIO",
                         "RESULT", "MAIN", "OF", "HISTORY", "OF", "LEVEL", "PAUSED", "CRIT P99", "LOST", "BEFORE",
                         "AFTER", "TIME");
  auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::string("-")
                      : fmt::format("{:.0f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  };
  auto size = [](std::uint64_t bytes) { return bytes == 0 ? std::string("-") : format_size(bytes); };
  for (const auto& o : outcomes) {
    const char* highest = "-";
    for (std::size_t i = 0; i < o.levels.size(); ++i)
      if (o.levels[i]) highest = kLevelNames[i];
    out += fmt::format("{:<10}{:<8}{:>10}{:>7}{:>10}{:>7}  {:<10}{:>8}{:>10}{:>8}{:>11}{:>11}{:>7}\n", o.name,
                       o.passed() ? "PASS"
                       : o.ran    ? "FAIL"
                                  : "NOT RUN",
                       size(o.peak), share(o.peak, o.budget), size(o.child_peak), share(o.child_peak, o.child_limit),
                       highest, o.paused_most, fmt::format("{:.0f} ms", o.critical.p99_ms),
                       o.counters.lost + o.counters.dropped_rows, size(o.before), size(o.after),
                       fmt::format("{:.0f} s", o.seconds));
  }
  for (const auto& o : outcomes) {
    for (const auto& problem : o.problems) out += fmt::format("  {}: {}\n", o.name, problem);
    for (const auto& note : o.notes) out += fmt::format("  {}: note: {}\n", o.name, note);
  }
  return out;
}

}  // namespace holter::stress
