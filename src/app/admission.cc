#include "app/admission.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include <fmt/format.h>

#include "app/monitor_set.h"
#include "base/units.h"
#include "latest/latest.h"

namespace holter::app {
namespace {

using Verdict = api::AdmissionAnswer::Verdict;

bool is_ping(const model::SetDef& set) {
  return set.protocol == "icmp";
}

/// A value that a person might give, where the definition has none.
std::string sample_value(const model::ParamDef& def) {
  if (def.has_default) return def.default_value;
  switch (def.type) {
    case model::ParamType::kHost:
      return "host-0001.example.org";
    case model::ParamType::kNumber:
      return "8080";
    case model::ParamType::kBoolean:
      return "false";
    default:
      return def.options.empty() ? "some usual text" : def.options.front().value;
  }
}

/// A second in words that people read: two digits are enough.
std::string rate(double per_second) {
  return per_second < 10 ? fmt::format("{:.2g}", per_second) : fmt::format("{:.0f}", per_second);
}

}  // namespace

MonitorCost cost_of(const model::Monitor& monitor, std::uint64_t job_bytes) {
  return {
      .known = known_bytes(monitor), .job = job_bytes, .latest = latest::Latest::expected_bytes(*monitor.definition)};
}

model::Monitor sample_monitor(std::shared_ptr<const model::Definition> definition) {
  model::Monitor monitor{.id = {1}, .name = "a monitor of usual name", .labels = std::make_shared<model::Labels>()};
  for (std::size_t i = 0; i < definition->params.size(); ++i) {
    const auto& def = definition->params[i];
    if (def.required && !def.has_default) monitor.params.emplace_back(static_cast<std::uint16_t>(i), sample_value(def));
  }
  monitor.definition = std::move(definition);
  return monitor;
}

unsigned most_shards() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

double most_pings() {
  return kPingsPerShard * most_shards();
}

std::uint64_t room_in(std::uint64_t budget, const memory::LevelOptions& levels) {
  // Measured: the resident set with no monitor, and what running takes whatever the number of monitors.
  constexpr std::uint64_t kWithoutMonitors = 30ULL << 20;
  auto high = static_cast<std::size_t>(memory::Level::kHigh);
  auto usable = static_cast<std::uint64_t>((levels.from[high] - levels.hysteresis) * static_cast<double>(budget));
  return usable > kWithoutMonitors ? usable - kWithoutMonitors : 0;
}

double pings_per_second(const model::Definition& definition, std::chrono::milliseconds interval) {
  double load = 0;
  for (const auto& set : definition.sets) {
    auto every = std::max<std::chrono::milliseconds>(interval, set.interval);
    load +=
        (is_ping(set) ? 1 : kPingsPerCheck) * 1000.0 / static_cast<double>(std::max<std::int64_t>(every.count(), 1));
  }
  return load;
}

api::AdmissionAnswer admit(const api::AdmissionQuery& query, const model::Definition& definition,
                           const MonitorCost& cost, const Room& room) {
  api::AdmissionAnswer answer{.interval_ms = query.interval_ms,
                              .bytes_each = cost.total(),
                              .bytes_wanted = cost.total() * query.count,
                              .bytes_left = room.bytes};
  answer.most = static_cast<std::size_t>(answer.bytes_left / std::max<std::uint64_t>(answer.bytes_each, 1));
  auto count = static_cast<double>(query.count);
  auto each = pings_per_second(definition, milliseconds(query.interval_ms));
  auto checks_each = 1000.0 / static_cast<double>(query.interval_ms);
  auto free = std::max(room.pings_most - room.pings_now, 0.0);
  answer.checks_wanted = checks_each * count;
  answer.checks_possible = each > 0 ? free / each * checks_each : 0;
  auto wanted = fmt::format("{} wanted, {} left; {} checks/s wanted, {} possible", format_size(answer.bytes_wanted),
                            format_size(answer.bytes_left), rate(answer.checks_wanted), rate(answer.checks_possible));
  auto what = fmt::format("{} {} monitors at {}", query.count, definition.app,
                          format_duration(milliseconds(query.interval_ms)));
  if (answer.bytes_wanted > answer.bytes_left) {
    answer.verdict = Verdict::kDoesNotFit;
    answer.text = fmt::format("{} do not fit: {} of them do ({})", what, answer.most, wanted);
  } else if (answer.checks_wanted > answer.checks_possible && free > 0) {
    answer.verdict = Verdict::kFitsAtInterval;
    answer.fits_at_ms =
        static_cast<std::int64_t>(std::ceil(static_cast<double>(query.interval_ms) * each * count / free));
    answer.text =
        fmt::format("{} fit at an interval of {} ({})", what, format_duration(milliseconds(answer.fits_at_ms)), wanted);
  } else if (answer.checks_wanted > answer.checks_possible) {
    answer.verdict = Verdict::kDoesNotFit;
    answer.text = fmt::format("{} do not fit: the checks there are take all time ({})", what, wanted);
  } else {
    answer.verdict = Verdict::kFits;
    answer.text = fmt::format("{} fit ({})", what, wanted);
  }
  return answer;
}

}  // namespace holter::app
