#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/backend.h"

// What the API asks of history.
namespace holter::app {

boost::asio::awaitable<Result<std::vector<api::HistorySeries>>> Backend::history(api::HistoryQuery query,
                                                                                 MonoTime deadline) {
  constexpr std::size_t kMostSeries = 64;
  auto slot = parts_.fleet.monitors().find(query.monitor);
  if (!slot) co_return Error(ErrorCode::kNotFound, "cannot find the monitor");
  auto kept = at(*slot).monitor.definition;  // over the wait, in which the monitor may be removed
  const auto& definition = *kept;
  std::vector<api::HistorySeries> out;
  history::RangeQuery range{.from_ms = query.from_ms, .to_ms = query.to_ms, .step_ms = query.step_ms};
  parts_.latest.each_value(query.monitor, [&](const latest::Value& value) {
    if (!value.is_number || range.series.size() >= kMostSeries) return;
    if (query.set.empty() && query.field.empty() && !out.empty() &&
        (out[0].field != value.field || out[0].set != value.set))
      return;
    if (!query.set.empty() && value.set != query.set) return;
    if (!query.field.empty() && value.field != query.field) return;
    const auto& def = *std::ranges::find(definition.sets, value.set, &model::SetDef::name);
    const auto& field = *std::ranges::find(def.fields, value.field, &model::FieldDef::field);
    out.push_back({.series = fmt::format("{:016x}", value.series.value),
                   .set = std::string(value.set),
                   .field = std::string(value.field),
                   .unit = field.unit,
                   .labels = std::string(value.labels),
                   .points = {}});
    range.series.push_back(value.series);
  });
  if (out.empty()) co_return out;
  auto series = range.series;
  CO_TRY(auto answer, co_await parts_.history->query(std::move(range), deadline));
  for (const auto& found : answer) {
    auto at = std::ranges::find(series, found.series) - series.begin();
    for (const auto& b : found.buckets)
      out[static_cast<std::size_t>(at)].points.push_back({b.start_ms, b.min, b.max, b.avg, b.count});
  }
  co_return out;
}

boost::asio::awaitable<Result<std::vector<api::MonitorHeartbeats>>> Backend::heartbeats(api::HeartbeatsQuery query,
                                                                                        MonoTime deadline) {
  static_assert(api::HeartbeatsQuery::kMostMonitors == history::kMaxQueryMonitors);
  static_assert(api::HeartbeatsQuery::kMostBuckets == history::kMaxHeartbeats);
  CO_TRY(auto answer, co_await parts_.history->query_heartbeats(
                          {std::move(query.monitors), query.from_ms, query.to_ms, query.step_ms}, deadline));
  std::vector<api::MonitorHeartbeats> out;
  out.reserve(answer.size());
  for (auto& of : answer) {
    auto& shown = out.emplace_back(api::MonitorHeartbeats{.monitor = of.monitor, .buckets = {}});
    shown.buckets.reserve(of.buckets.size());
    for (auto& b : of.buckets)
      shown.buckets.push_back({b.start_ms, b.total, b.failed, b.avg_duration_ms, b.code, std::move(b.message)});
  }
  co_return out;
}

boost::asio::awaitable<Result<api::RoundPage>> Backend::rounds(api::RoundsQuery query, MonoTime deadline) {
  static_assert(api::RoundsQuery::kMostRounds + 1 == history::kMaxListedRounds);
  static_assert(api::RoundsQuery::kMostSkipped == history::kMaxSkippedRounds);
  CO_TRY(auto answer, co_await parts_.history->list_rounds({.monitor = query.monitor,
                                                            .from_ms = query.from_ms,
                                                            .to_ms = query.to_ms,
                                                            .limit = static_cast<std::uint32_t>(query.limit + 1),
                                                            .skip = static_cast<std::uint32_t>(query.skip)},
                                                           deadline));
  api::RoundPage page{.rounds = {}, .more = answer.size() > query.limit};
  if (page.more) answer.resize(query.limit);
  page.rounds.reserve(answer.size());
  for (auto& round : answer)
    page.rounds.push_back(
        {round.time_ms, round.duration_us, std::move(round.set), round.code, std::move(round.message)});
  co_return page;
}

}  // namespace holter::app
