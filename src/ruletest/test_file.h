#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "define/problem.h"
#include "model/monitor.h"
#include "ruletest/series.h"
#include "ruletest/values.h"

namespace holter::ruletest {

/// Where something stands in the test file, for messages.
struct Place {
  int line = 0, column = 0;
  std::string key;  ///< "tests[0].input_series[1]"
};

struct InputSeries {
  SeriesName series;
  Values values;
  Place place;
};

struct ExpectedAlert {
  model::Labels labels, annotations;  ///< sorted
};

/// What is to fire under one name at one time.
struct AlertTest {
  milliseconds at{0};  ///< since the start of the group
  std::string alertname;
  std::vector<ExpectedAlert> expected;
  Place place;
};

struct TestGroup {
  std::string name;
  milliseconds interval{0};  ///< between the values of a series
  WallTime start{};
  std::vector<InputSeries> series;
  std::vector<AlertTest> tests;
  Place place;
};

struct RuleFiles {
  std::string pattern;  ///< a path, whose last part may have '*'; a relative one is below the test file's directory
  Place place;
};

struct TestFile {
  std::vector<RuleFiles> rule_files;
  std::vector<TestGroup> groups;
};

/// Bounds of one file.
inline constexpr std::size_t kMostFileValues = 1'000'000;  ///< of all its series
inline constexpr std::size_t kMostSeries = 2'000;          ///< of one group
inline constexpr std::chrono::hours kMostTestTime{24 * 32};
inline constexpr std::size_t kMostTestBytes = 4 << 20;

/// Reads a file in the format of promtool's rule tests ("Unit testing for rules"). What belongs to PromQL alone
/// (`promql_expr_test`) or to Prometheus's own labels and addresses (`external_labels`, `external_url`) is refused;
/// `group_eval_order` and `fuzzy_compare` change nothing. False with errors in `problems`.
bool read_test_file(const std::string& name, std::string_view text, define::Problems& problems, TestFile& out);

}  // namespace holter::ruletest
