#include "status/buckets.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace holter::status {

std::vector<Day> days_until(const model::LocalTime& zone, WallTime now, unsigned count) {
  auto today = std::chrono::floor<std::chrono::days>(zone.local(now));
  std::vector<Day> days;
  days.reserve(count);
  for (auto back = static_cast<int>(count) - 1; back >= 0; --back) {
    auto date = today - std::chrono::days(back);
    std::chrono::year_month_day ymd(date);
    // Where a midnight is left out the day begins behind the gap; where it comes twice, with the first: as moment().
    days.push_back({.from_ms = epoch_ms(zone.moment(date)),
                    .to_ms = epoch_ms(zone.moment(date + std::chrono::days(1))),
                    .date = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                                        static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()))});
  }
  // A day that a zone has skipped altogether (Samoa, 2011-12-30) has no time in it.
  std::erase_if(days, [](const Day& day) { return day.to_ms <= day.from_ms; });
  return days;
}

std::vector<Run> runs_of(std::span<const Day> days, std::size_t most) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < days.size(); ++i) {
    auto length = days[i].to_ms - days[i].from_ms;
    bool follows = !runs.empty() && runs.back().step_ms == length && runs.back().count < most &&
                   days[i - 1].to_ms == days[i].from_ms;
    if (follows)
      ++runs.back().count;
    else
      runs.push_back({.first = i, .count = 1, .step_ms = length});
  }
  return runs;
}

void Bucket::add(const Checks& checks) {
  if (checks.total == 0) return;
  auto failed = std::min(checks.failed, checks.total);
  available += static_cast<double>(checks.total - failed) / static_cast<double>(checks.total);
  duration_ms += checks.avg_duration_ms;
  any_failed = any_failed || failed > 0;
  ++monitors;
}

std::optional<double> Bucket::availability() const {
  if (monitors == 0) return std::nullopt;
  return available / static_cast<double>(monitors);
}

std::optional<double> Bucket::average_duration_ms() const {
  if (monitors == 0) return std::nullopt;
  return duration_ms / static_cast<double>(monitors);
}

std::optional<double> availability_of(std::span<const Bucket> buckets) {
  double sum = 0;
  std::size_t known = 0;
  for (const auto& bucket : buckets)
    if (auto availability = bucket.availability()) sum += *availability, ++known;
  if (known == 0) return std::nullopt;
  return sum / static_cast<double>(known);
}

std::string percent_text(std::optional<double> availability) {
  if (!availability) return "no data";
  constexpr double kParts = 10'000;  // hundredths of a percent
  auto parts = std::floor(*availability * kParts + 1e-6);
  if (*availability >= 1 - 1e-12) return "100 %";
  if (*availability > 0) parts = std::clamp(parts, 1.0, kParts - 1);
  return fmt::format("{:.2f} %", parts / 100);
}

}  // namespace holter::status
