#include "app/alert_replay.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "latest/latest.h"

namespace holter::app {
namespace {

constexpr std::int64_t kMostSteps = 1'000;
constexpr std::size_t kMostSeries = 64;  // of one monitor
constexpr seconds kPatience{20};

/// A series of the set: the field's place, and the labels of its row.
struct Column {
  std::size_t field = 0;
  std::string labels;
};
struct Asked {
  history::RangeQuery range;
  std::vector<Column> columns;  ///< by place in range.series
};

Asked ask(const latest::Latest& latest, const model::Monitor& monitor, const model::SetDef& set, std::int64_t from_ms,
          std::int64_t to_ms) {
  Asked asked;
  auto step = std::max<std::int64_t>(monitor.interval.count(), (to_ms - from_ms + kMostSteps - 1) / kMostSteps);
  asked.range = {.from_ms = from_ms, .to_ms = to_ms, .step_ms = std::max<std::int64_t>(step, 1'000)};
  latest.each_value(monitor.id, [&](const latest::Value& value) {
    if (!value.is_number || value.set != set.name || asked.columns.size() >= kMostSeries) return;
    auto field = std::ranges::find(set.fields, value.field, &model::FieldDef::field) - set.fields.begin();
    asked.columns.push_back({static_cast<std::size_t>(field), std::string(value.labels)});
    asked.range.series.push_back(value.series);
  });
  return asked;
}

/// Rows by time and labels.
using Rows = std::map<std::int64_t, std::map<std::string, std::vector<expr::Value>>>;

Rows rows_of(const Asked& asked, const std::vector<history::SeriesBuckets>& found, std::size_t fields) {
  Rows rows;
  for (const auto& series : found) {
    auto at =
        static_cast<std::size_t>(std::ranges::find(asked.range.series, series.series) - asked.range.series.begin());
    const auto& column = asked.columns[at];
    for (const auto& bucket : series.buckets) {
      auto& row = rows[bucket.start_ms].try_emplace(column.labels, fields).first->second;
      row[column.field] = expr::Value::of(bucket.avg);
    }
  }
  return rows;
}

struct Chosen {
  model::Monitor monitor;  // a copy: it may be removed while history is asked
  std::string folder;
  const model::SetDef* set = nullptr;
  Rows rows;
};

void tell(const Chosen& chosen, std::int64_t time, const std::map<std::string, std::vector<expr::Value>>& by_labels,
          const std::function<void(const alert::RoundView&)>& visit) {
  std::vector<alert::RowView> views;
  for (const auto& [labels, values] : by_labels) views.push_back({labels, values});
  visit({.monitor = chosen.monitor,
         .folder = chosen.folder,
         .set = *chosen.set,
         .decides = chosen.set->priority == 0,
         .code = model::ResultCode::kSuccess,
         .state = model::State::kUp,
         .time_ms = time,
         .duration_us = 0,
         .rows = views});
}

}  // namespace

boost::asio::awaitable<Result<bool>> replay(ReplayParts parts, const alert::Rule& rule, std::int64_t from_ms,
                                            std::int64_t to_ms, std::function<void(const alert::RoundView&)> visit) {
  if (rule.selector.set.empty())
    co_return Error(ErrorCode::kInvalidArgument,
                    "cannot preview a rule without a set: history has numbers of sets, and no states");
  std::vector<Chosen> chosen;
  bool all = true;
  parts.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    auto folder = parts.fleet.relations().folder(watched.monitor.id);
    if (!rule.selector.selects(watched.monitor, folder)) return true;
    all = chosen.size() < kMostReplayed;
    if (all) chosen.push_back({watched.monitor, std::string(folder), nullptr, {}});
    return all;
  });
  std::multimap<std::int64_t, const Chosen*> times;
  for (auto& one : chosen) {
    const auto& sets = one.monitor.definition->sets;
    auto set = std::ranges::find(sets, rule.selector.set, &model::SetDef::name);
    if (set == sets.end()) continue;
    one.set = &*set;
    auto asked = ask(parts.latest, one.monitor, *set, from_ms, to_ms);
    if (asked.columns.empty()) continue;
    auto answer = co_await parts.history.query(asked.range, parts.clock.mono() + kPatience);
    if (!answer) co_return answer.error();
    one.rows = rows_of(asked, *answer, set->fields.size());
    for (const auto& [time, rows] : one.rows) times.emplace(time, &one);
  }
  for (const auto& [time, one] : times) tell(*one, time, one->rows.at(time), visit);
  co_return all;
}

}  // namespace holter::app
