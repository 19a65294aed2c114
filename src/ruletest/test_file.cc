#include "ruletest/test_file.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/units.h"
#include "define/map_reader.h"
#include "define/yaml.h"
#include "import/prometheus_rules.h"

namespace holter::ruletest {
namespace {

using define::MapReader;
using define::YamlNode;

constexpr define::YamlLimits kLimits{.max_bytes = kMostTestBytes};
constexpr milliseconds kDefaultInterval = std::chrono::minutes(1);

class Reader {
 public:
  Reader(const std::string& file, define::Problems& problems, TestFile& out)
      : file_(file), problems_(problems), out_(out) {}

  void read(const YamlNode& root) {
    MapReader map(file_, root, "", problems_);
    if (!map.is_map()) return;
    if (const auto* files = map.take_list("rule_files"))
      for (std::size_t i = 0; i < files->items.size(); ++i) {
        const auto& item = files->items[i];
        auto key = fmt::format("rule_files[{}]", i);
        if (item.kind == YamlNode::Kind::kScalar && !item.text.empty())
          out_.rule_files.push_back({item.text, {item.line, item.column, key}});
        else
          error(item, key, "cannot use this value: the path of a file is needed");
      }
    auto interval = duration(map, "evaluation_interval", kDefaultInterval, false);
    (void)map.take_list("group_eval_order");  // rules of Holter do not depend on each other
    (void)map.take_bool("fuzzy_compare", false);
    const auto* tests = map.take_list("tests");
    if (tests == nullptr || tests->items.empty()) return map.missing("tests", "a list of tests");
    for (std::size_t i = 0; i < tests->items.size(); ++i)
      read_group(tests->items[i], fmt::format("tests[{}]", i), interval);
  }

 private:
  void read_group(const YamlNode& node, const std::string& path, milliseconds interval) {
    MapReader map(file_, node, path, problems_);
    if (!map.is_map()) return;
    auto& group = out_.groups.emplace_back();
    group.place = {node.line, node.column, path};
    if (const auto* name = map.take_text("name")) group.name = *name;
    group.interval = duration(map, "interval", interval, false);
    if (const auto* start = map.take_text("start_timestamp")) {
      auto time = time_of(*start);
      if (time)
        group.start = *time;
      else
        map.error(*node.find("start_timestamp"), "start_timestamp",
                  fmt::format("cannot read the time '{}': like 2026-11-24T10:00:00Z, or seconds since 1970",
                              excerpt(*start)));
    }
    refuse(map, node, "promql_expr_test", "PromQL is not evaluated here: test it by `promtool test rules`");
    refuse(map, node, "external_labels", "Holter has no external labels: alerts have those of their rule and monitor");
    refuse(map, node, "external_url", "texts of Holter's rules have no external URL");
    const auto* series = map.take_list("input_series");
    if (series != nullptr && series->items.size() > kMostSeries)
      map.error(*series, "input_series", fmt::format("cannot take more than {} series in one test", kMostSeries));
    else if (series != nullptr)
      for (std::size_t i = 0; i < series->items.size(); ++i)
        read_series(series->items[i], fmt::format("{}.input_series[{}]", path, i), group);
    const auto* tests = map.take_list("alert_rule_test");
    if (tests == nullptr || tests->items.empty())
      return map.missing("alert_rule_test", "something that is to fire, or is not to");
    for (std::size_t i = 0; i < tests->items.size(); ++i)
      read_test(tests->items[i], fmt::format("{}.alert_rule_test[{}]", path, i), group);
  }

  void read_series(const YamlNode& node, const std::string& path, TestGroup& group) {
    MapReader map(file_, node, path, problems_);
    if (!map.is_map()) return;
    InputSeries series{.series = {}, .values = {}, .place = {node.line, node.column, path}};
    const auto* name = map.take_text("series");
    const auto* values = map.take_text("values");
    if (name == nullptr) return map.missing("series", "the series' name and labels");
    if (values == nullptr) return map.missing("values", "the series' values");
    auto parsed = parse_series(*name);
    if (!parsed) return map.error(*node.find("series"), "series", parsed.error().message());
    auto expanded = expand_values(*values);
    if (!expanded) return map.error(*node.find("values"), "values", expanded.error().message());
    values_ += expanded->size();
    if (values_ > kMostFileValues)
      return map.error(*node.find("values"), "values",
                       fmt::format("cannot take more than {} values in one file", kMostFileValues));
    series.series = std::move(*parsed);
    series.values = std::move(*expanded);
    group.series.push_back(std::move(series));
  }

  void read_test(const YamlNode& node, const std::string& path, TestGroup& group) {
    MapReader map(file_, node, path, problems_);
    if (!map.is_map()) return;
    AlertTest test;
    test.place = {node.line, node.column, path};
    test.at = duration(map, "eval_time", std::nullopt, true);
    if (test.at > kMostTestTime)
      map.error(*node.find("eval_time"), "eval_time",
                fmt::format("cannot look further than {} days from the start", kMostTestTime / std::chrono::hours(24)));
    if (const auto* name = map.take_text("alertname"); name != nullptr && !name->empty())
      test.alertname = *name;
    else
      map.missing("alertname", "the name of a rule");
    if (const auto* alerts = map.take_list("exp_alerts"))
      for (std::size_t i = 0; i < alerts->items.size(); ++i) {
        auto place = fmt::format("{}.exp_alerts[{}]", path, i);
        MapReader alert(file_, alerts->items[i], place, problems_);
        if (!alert.is_map()) continue;
        auto labels = texts(alert, "exp_labels", place);
        auto annotations = texts(alert, "exp_annotations", place);
        test.expected.push_back({std::move(labels), std::move(annotations)});
      }
    group.tests.push_back(std::move(test));
  }

  /// A map of texts, sorted.
  model::Labels texts(MapReader& map, std::string_view key, const std::string& path) {
    model::Labels out;
    const auto* node = map.take_map(key);
    if (node == nullptr) return out;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const auto& item = node->items[i];
      if (item.kind == YamlNode::Kind::kScalar || item.kind == YamlNode::Kind::kNull)
        out.emplace_back(node->keys[i].text, item.text);
      else
        error(item, fmt::format("{}.{}.{}", path, key, excerpt(node->keys[i].text)),
              "cannot use this value: a text is needed");
    }
    std::ranges::sort(out);
    return out;
  }

  /// `otherwise` nothing: it must be there. After an error: a minute.
  milliseconds duration(MapReader& map, std::string_view key, std::optional<milliseconds> otherwise, bool may_be_zero) {
    const auto* node = map.take(key);
    if (node == nullptr || node->kind == YamlNode::Kind::kNull) {
      if (!otherwise) map.missing(key, "a time, like 5m");
      return otherwise.value_or(kDefaultInterval);
    }
    auto value = imports::prometheus_duration(node->kind == YamlNode::Kind::kScalar ? node->text : "");
    if (!value)
      map.error(*node, key, value.error().message());
    else if (!may_be_zero && *value < seconds(1))
      map.error(*node, key, fmt::format("cannot use {}: a second is the least", format_duration(*value)));
    else
      return *value;
    return kDefaultInterval;
  }

  /// Seconds since 1970, or as RFC 3339 has it.
  static std::optional<WallTime> time_of(std::string_view text) {
    constexpr std::int64_t kMost = 253'402'300'799;  // the end of the year 9999
    std::int64_t count = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure == std::errc{} && end == text.data() + text.size() && count >= 0 && count <= kMost)
      return WallTime(seconds(count));
    return parse_rfc3339(text);
  }

  void refuse(MapReader& map, const YamlNode& node, std::string_view key, std::string_view why) {
    if (map.take(key) != nullptr) map.error(*node.find(key), key, fmt::format("cannot use it: {}", why));
  }
  void error(const YamlNode& at, std::string key, std::string message) {
    problems_.add({define::Problem::Severity::kError, file_, at.line, at.column, std::move(key), std::move(message)});
  }

  const std::string& file_;
  define::Problems& problems_;
  TestFile& out_;
  std::size_t values_ = 0;
};

}  // namespace

bool read_test_file(const std::string& name, std::string_view text, define::Problems& problems, TestFile& out) {
  const auto before = problems.errors;
  YamlNode root;
  if (!define::read_yaml({name, text, true}, kLimits, problems, root)) return false;
  Reader(name, problems, out).read(root);
  return problems.errors == before;
}

}  // namespace holter::ruletest
