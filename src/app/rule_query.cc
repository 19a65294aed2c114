#include "app/rule_query.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace holter::app {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kNoServer =
    "cannot ask PromQL: no server is configured (alerts.prometheus_url in holter.yml)";

/// A name as labels have it: what is left over of others is '_'.
std::string label_name(std::string_view name) {
  std::string out(name);
  for (auto& c : out) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) c = '_';
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(0, "_");
  return out;
}

/// Puts it where it belongs; of two with the same name the first stays.
void put(model::Labels& sorted, std::string_view name, std::string value) {
  auto place = std::ranges::lower_bound(sorted, name, {}, &model::Labels::value_type::first);
  if (place == sorted.end() || place->first != name) sorted.emplace(place, name, std::move(value));
}

std::size_t bytes_of(const alert::QueryRow& row) {
  std::size_t bytes = 2 * sizeof row + row.value.size();
  for (const auto* labels : {&row.labels, &row.values})
    for (const auto& [name, value] : *labels)
      bytes += 2 * sizeof(model::Labels::value_type) + name.size() + value.size();
  return bytes;
}

/// Rows on their account.
class Rows {
 public:
  explicit Rows(memory::Account& account) : account_(account) {}

  Status add(alert::QueryRow row) {
    const auto bytes = bytes_of(row);
    if (answer_.reserved.bytes() == 0) {
      TRY(answer_.reserved, account_.reserve(bytes));
    } else if (!answer_.reserved.resize(answer_.reserved.bytes() + bytes)) {
      return account_.refusal(bytes);
    }
    answer_.rows.push_back(std::move(row));
    return {};
  }
  RuleAnswer take() && { return std::move(answer_); }

 private:
  memory::Account& account_;
  RuleAnswer answer_;
};

constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double does not tell neighbours apart

std::string text_of(const history::SqlCell& cell) {
  return cell.number && std::abs(*cell.number) < kExact ? fmt::format("{}", *cell.number) : cell.text;
}

/// Another one with each answer, so it is neither a label nor a value.
bool is_time(std::string_view column) {
  return column == "time" || column == "time_ms";
}

/// An id in decimal digits where the column is a number, else in 16 hex digits, as the API has it.
std::optional<MonitorId> monitor_of(const history::SqlCell& cell, bool numeric) {
  const std::string_view text = cell.text;
  std::uint64_t id = 0;
  if (!numeric && text.size() != 16) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id, numeric ? 10 : 16);
  if (!text.empty() && failure == std::errc{} && end == text.data() + text.size()) return MonitorId{id};
  if (cell.number && *cell.number > 0 && *cell.number < kExact &&
      *cell.number == static_cast<double>(static_cast<std::uint64_t>(*cell.number)))
    return MonitorId{static_cast<std::uint64_t>(*cell.number)};
  return std::nullopt;
}

constexpr std::size_t kNone = ~std::size_t{0};

/// What the columns of a table are.
struct Columns {
  explicit Columns(const history::SqlTable& table) {
    std::size_t numbers = 0, last = kNone;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      names.push_back(label_name(table.columns[i]));
      const bool is_number = i < table.numeric.size() && table.numeric[i];
      numeric.push_back(is_number);
      if (table.columns[i] == "monitor" && monitor == kNone) {
        monitor = i;
      } else if (is_number && !is_time(table.columns[i])) {
        ++numbers, last = i;
        if (table.columns[i] == "value" && value == kNone) value = i;
      }
    }
    if (value == kNone && numbers == 1) value = last;
  }
  std::vector<std::string> names;
  std::vector<bool> numeric;
  std::size_t monitor = kNone, value = kNone;
};

alert::QueryRow row_of(const Columns& columns, const std::vector<history::SqlCell>& cells) {
  alert::QueryRow row;
  const auto count = std::min(cells.size(), columns.names.size());
  if (columns.monitor < count && !cells[columns.monitor].null)
    row.monitor = monitor_of(cells[columns.monitor], columns.numeric[columns.monitor]).value_or(MonitorId{});
  for (std::size_t i = 0; i < count; ++i) {
    const auto& cell = cells[i];
    const auto& name = columns.names[i];
    if (cell.null || (i == columns.monitor && row.monitor != MonitorId{})) continue;
    if (i == columns.value) {
      row.value = text_of(cell);
    } else if ((columns.numeric[i] && i != columns.monitor) || is_time(name)) {
      put(row.values, name, text_of(cell));
    } else if (auto text = text_of(cell); !text.empty()) {
      const bool own = name == "app" || name == "folder";
      if (row.monitor == MonitorId{} || !own) put(row.labels, name, std::move(text));
    }
  }
  return row;
}

/// Not the query's fault.
bool is_passing(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kProtocolViolation:
    case ErrorCode::kNotFound:  // a host that is not known
    case ErrorCode::kCancelled:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<RuleAnswer> rows_of(const history::SqlTable& table, memory::Account& account) {
  const Columns columns(table);
  Rows rows(account);
  for (const auto& cells : table.rows) TRY_OK(rows.add(row_of(columns, cells)));
  return std::move(rows).take();
}

alert::QueryRow row_of(const read::PromqlSeries& series, const read::PromqlPoint& point) {
  alert::QueryRow row;
  for (const auto& [name, value] : series.labels)
    if (name != "__name__" && !value.empty()) put(row.labels, label_name(name), value);
  row.value = point.value;
  return row;
}

Result<RuleAnswer> rows_of(const read::PromqlAnswer& answer, memory::Account& account) {
  using Type = read::PromqlAnswer::Type;
  if (answer.type != Type::kVector && answer.type != Type::kScalar)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the query: its answer is a {}, and an instant vector or a scalar is needed",
                             answer.type == Type::kMatrix ? "range vector" : "text"));
  Rows rows(account);
  for (const auto& series : answer.series) TRY_OK(rows.add(row_of(series, series.points.front())));
  auto out = std::move(rows).take();
  out.warnings = answer.warnings;
  return out;
}

awaitable<Result<RuleAnswer>> ask_rule(const QuerySources* sources, alert::QuerySource source, std::string query,
                                       std::int64_t time_ms, MonoTime deadline) {
  RuleAnswer answer;
  if (source == alert::QuerySource::kPromql) {
    if (!sources->promql) co_return Error(ErrorCode::kInvalidArgument, std::string(kNoServer));
    CO_TRY(auto said, co_await sources->promql({.text = std::move(query), .to_ms = time_ms}, deadline));
    CO_TRY(answer, rows_of(said, *sources->account));
  } else {
    CO_TRY(auto table, co_await sources->sql({.text = std::move(query), .now_ms = time_ms}, deadline));
    CO_TRY(answer, rows_of(table, *sources->account));
  }
  for (auto& row : answer.rows)
    if (row.monitor != MonitorId{} && sources->state_of) row.state = sources->state_of(row.monitor);
  co_return answer;
}

awaitable<Result<std::string>> check_query(const QuerySources* sources, alert::QuerySource source, std::string query,
                                           std::int64_t time_ms, MonoTime deadline) {
  Status asked;
  if (source == alert::QuerySource::kPromql) {
    auto answer = co_await ask_rule(sources, source, std::move(query), time_ms, deadline);
    if (!answer) asked = answer.error();
  } else {
    auto answer = co_await sources->sql({.text = std::move(query), .now_ms = time_ms, .check_only = true}, deadline);
    if (!answer) asked = answer.error();
  }
  if (asked) co_return std::string();
  if (is_passing(asked.error())) co_return fmt::format("the query is not checked: {}", asked.error().message());
  co_return asked.error();
}

}  // namespace holter::app
