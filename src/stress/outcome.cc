#include "stress/outcome.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"

namespace holter::stress {
namespace {

constexpr double kMostLateness_ms = 1000;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string levels_of(const Outcome& outcome) {
  std::vector<std::string_view> seen;
  for (std::size_t i = 0; i < outcome.levels.size(); ++i)
    if (outcome.levels[i]) seen.emplace_back(kLevelNames[i]);
  return seen.empty() ? "-" : fmt::format("{}", fmt::join(seen, ","));
}

}  // namespace

std::uint64_t allowed_after(std::uint64_t before) {
  return before + std::max<std::uint64_t>(before / 20, 1 << 20);
}

void judge(Outcome& outcome) {
  auto problem = [&](std::string text) { outcome.problems.push_back(std::move(text)); };
  if (outcome.peak > outcome.budget)
    problem(fmt::format("the main process had {}, its budget is {}", format_size(outcome.peak),
                        format_size(outcome.budget)));
  if (outcome.child_peak > outcome.child_limit)
    problem(fmt::format("the history process had {}, its limit is {}", format_size(outcome.child_peak),
                        format_size(outcome.child_limit)));
  if (outcome.kills > 0)
    problem(fmt::format("the kernel killed a process for want of memory, {} times", outcome.kills));
  if (outcome.end.signal != 0 || outcome.end.code != 0) problem("holter " + outcome.end.text());
  if (outcome.critical.checks == 0)
    problem("no check of a critical monitor came");
  else if (outcome.critical.p99_ms >= kMostLateness_ms)
    problem(fmt::format("critical monitors were late: p99 {:.0f} ms, at most {:.0f} ms", outcome.critical.p99_ms,
                        outcome.critical.most_ms));
  const auto& c = outcome.counters;
  if (!c.known) {
    problem("the server's last words with its counters are missing");
  } else {
    if (c.due != c.run + c.skipped + c.paused)
      problem(
          fmt::format("{} checks were due, but {} run + {} skipped + {} paused", c.due, c.run, c.skipped, c.paused));
    if (c.sent != c.kept + c.lost)
      problem(fmt::format("{} samples were sent to history, but {} kept + {} lost", c.sent, c.kept, c.lost));
  }
  if (outcome.before != 0 && outcome.after > allowed_after(outcome.before))
    problem(fmt::format("memory did not come back: {} before the load, {} after it", format_size(outcome.before),
                        format_size(outcome.after)));
}

std::string line_of(const Outcome& outcome) {
  auto word = !outcome.ran ? "NOT RUN" : outcome.problems.empty() ? "PASS" : "FAIL";
  if (!outcome.ran)
    return fmt::format("{:<9} {:<7} {}", outcome.name, word, outcome.problems.empty() ? "" : outcome.problems.front());
  return fmt::format(
      "{:<9} {:<7} main {} = {:.0f}% of {}  history {} = {:.0f}%  levels {}  paused {}  critical p99 {:.0f} ms  lost "
      "{}  "
      "memory {} -> {}",
      outcome.name, word, format_size(outcome.peak), percent(outcome.peak, outcome.budget), format_size(outcome.budget),
      format_size(outcome.child_peak), percent(outcome.child_peak, outcome.child_limit), levels_of(outcome),
      outcome.paused_most, outcome.critical.p99_ms, outcome.counters.lost + outcome.counters.dropped_rows,
      outcome.before == 0 ? "-" : format_size(outcome.before), outcome.after == 0 ? "-" : format_size(outcome.after));
}

}  // namespace holter::stress
