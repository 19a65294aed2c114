#include <algorithm>
#include <array>

#include "history/child/sql_scan.h"

namespace holter::history::child {
namespace {

// docs/history-sql.md lists them, too. Not here, on purpose: what makes much of little (repeat, lpad, list functions),
// or costs more than its input is long (levenshtein); what waits (sleep_ms) or writes (write_log); what tells of the
// process (current_setting, getvariable); what knows the real time (age, uuid) or is different each time (random).
// clang-format off: a name a line is no list
constexpr std::string_view kAggregates[] = {
    "any_value", "approx_count_distinct", "approx_quantile", "arg_max", "arg_min", "argmax", "argmin", "avg",
    "bit_and", "bit_or", "bool_and", "bool_or", "corr", "count", "count_if", "count_star", "countif", "covar_pop",
    "covar_samp", "entropy", "first", "geomean", "group_concat", "kurtosis", "last", "listagg", "mad", "max",
    "max_by", "mean", "median", "min", "min_by", "mode", "product", "quantile", "quantile_cont", "quantile_disc",
    "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy",
    "regr_syy", "sem", "skewness", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop",
    "var_samp", "variance", "weighted_avg"};
constexpr std::string_view kWindows[] = {
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank",
    "rank", "row_number"};
constexpr std::string_view kNumbers[] = {
    "abs", "acos", "add", "asin", "atan", "atan2", "cbrt", "ceil", "ceiling", "cos", "cot", "degrees", "divide",
    "exp", "fdiv", "floor", "fmod", "greatest", "isfinite", "isinf", "isnan", "least", "ln", "log", "log10", "log2",
    "mod", "multiply", "nullif", "pi", "pow", "power", "radians", "round", "round_even", "sign", "sin", "sqrt",
    "subtract", "tan", "trunc"};
constexpr std::string_view kTexts[] = {
    "concat", "concat_ws", "contains", "ends_with", "format_bytes", "ilike_escape", "instr", "lcase", "left",
    "length", "like_escape", "lower", "ltrim", "not_ilike_escape", "not_like_escape", "position", "prefix",
    "regexp_extract", "regexp_full_match", "regexp_matches", "regexp_replace", "replace", "right", "rtrim",
    "split_part", "starts_with", "strlen", "strpos", "substr", "substring", "suffix", "to_hex", "trim", "ucase",
    "upper"};
constexpr std::string_view kTimes[] = {
    "date_diff", "date_part", "date_trunc", "datediff", "datepart", "datetrunc", "day", "dayname", "dayofmonth",
    "dayofweek", "dayofyear", "epoch", "epoch_ms", "hour", "isodow", "last_day", "make_date", "make_timestamp",
    "millisecond", "minute", "month", "monthname", "quarter", "second", "strftime", "strptime", "time_bucket",
    "timezone", "to_days", "to_hours", "to_milliseconds", "to_minutes", "to_months", "to_seconds", "to_weeks",
    "to_years", "try_strptime", "week", "weekday", "weekofyear", "year"};
// Macros of sql_views.h, some of which stand before functions of the engine.
constexpr std::string_view kOwn[] = {
    "ago", "current_date", "get_current_timestamp", "label", "now", "now_ms", "today"};
// clang-format on

constexpr auto kAll = [] {
  std::array<std::string_view, std::size(kAggregates) + std::size(kWindows) + std::size(kNumbers) + std::size(kTexts) +
                                   std::size(kTimes) + std::size(kOwn)>
      all;
  auto* at = all.data();
  for (auto names : {std::span<const std::string_view>(kAggregates), std::span<const std::string_view>(kWindows),
                     std::span<const std::string_view>(kNumbers), std::span<const std::string_view>(kTexts),
                     std::span<const std::string_view>(kTimes), std::span<const std::string_view>(kOwn)})
    at = std::ranges::copy(names, at).out;
  std::ranges::sort(all);
  return all;
}();

}  // namespace

std::span<const std::string_view> sql_functions() {
  return kAll;
}

}  // namespace holter::history::child
