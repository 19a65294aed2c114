#include "app/rule_query.h"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/run_task.h"

namespace holter::app {
namespace {

using history::SqlCell;
using history::SqlTable;

SqlCell number(double value, std::string text = "") {
  return {.number = value, .text = text.empty() ? fmt::format("{}", value) : std::move(text)};
}
SqlCell text(std::string value) {
  return {.number = std::nullopt, .text = std::move(value)};
}
SqlCell null() {
  return {.number = std::nullopt, .text = "", .null = true};
}

class RuleQueryTest : public ::testing::Test {
 protected:
  /// "a=b,c=d -> value [n=1] monitor" for each row.
  std::vector<std::string> shown(const Result<RuleAnswer>& answer) {
    if (!answer) return {"error: " + answer.error().message()};
    std::vector<std::string> out;
    for (const auto& row : answer->rows) {
      std::string line;
      for (const auto& [name, value] : row.labels) line += fmt::format("{}={} ", name, value);
      line += "-> " + row.value;
      for (const auto& [name, value] : row.values) line += fmt::format(" [{}={}]", name, value);
      if (row.monitor != MonitorId{}) line += fmt::format(" of {:x}", row.monitor.value);
      out.push_back(line);
    }
    return out;
  }
  std::vector<std::string> shown(const SqlTable& table) { return shown(rows_of(table, account_)); }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return testing::run_task(context_, std::move(task));
  }

  memory::Account account_{"test", nullptr, std::size_t{8} << 20};
  boost::asio::io_context context_{1};
};

using Lines = std::vector<std::string>;

TEST_F(RuleQueryTest, texts_are_labels_and_the_number_called_value_is_the_value) {
  EXPECT_EQ(
      shown({.columns = {"mount", "n", "value", "app"},
             .numeric = {false, true, true, false},
             .rows = {{text("/"), number(3), number(95.5), text("linux")}, {text("/a"), number(1), null(), null()}}}),
      (Lines{"app=linux mount=/ -> 95.5 [n=3]", "mount=/a ->  [n=1]"}));
}

TEST_F(RuleQueryTest, the_only_number_is_the_value_whatever_it_is_called) {
  EXPECT_EQ(shown({.columns = {"field", "avg(value)"}, .numeric = {false, true}, .rows = {{text("rtt"), number(7)}}}),
            Lines{"field=rtt -> 7"});
  EXPECT_EQ(shown({.columns = {"a", "b c"}, .numeric = {true, true}, .rows = {{number(1), number(2)}}}),
            Lines{"->  [a=1] [b_c=2]"});
  EXPECT_EQ(shown({.columns = {"time", "max"}, .numeric = {true, true}, .rows = {{number(1000), number(2)}}}),
            Lines{"-> 2 [time=1000]"})
      << "a time is no label, and no value: it is another one each time";
}

TEST_F(RuleQueryTest, a_column_of_ids_says_which_monitor_a_row_is_about) {
  // Beyond 2^53 the text alone is exact.
  EXPECT_EQ(
      shown({.columns = {"monitor", "app", "set", "value"},
             .numeric = {true, false, false, true},
             .rows = {{number(1.8446744073709552e19, "18446744073709551557"), text("ping"), text("ping"), number(1)}}}),
      Lines{"set=ping -> 1 of ffffffffffffffc5"});
  EXPECT_EQ(
      shown(
          {.columns = {"monitor", "value"}, .numeric = {false, true}, .rows = {{text("00000000000000ff"), number(1)}}}),
      Lines{"-> 1 of ff"});
  EXPECT_EQ(shown({.columns = {"monitor", "value"}, .numeric = {false, true}, .rows = {{text("web"), number(1)}}}),
            Lines{"monitor=web -> 1"});
  EXPECT_EQ(shown({.columns = {"monitor"}, .numeric = {true}, .rows = {{number(4711)}}}), Lines{"->  of 1267"});
}

TEST_F(RuleQueryTest, odd_names_of_columns_become_names_of_labels) {
  EXPECT_EQ(shown({.columns = {"a=\"b\"", "2nd", ""},
                   .numeric = {false, false, false},
                   .rows = {{text("x"), text("y"), text("z")}}}),
            Lines{"_=z _2nd=y a__b_=x -> "});
}

TEST_F(RuleQueryTest, rows_are_on_the_account) {
  SqlTable table{.columns = {"text"}, .numeric = {false}, .rows = {}};
  for (int i = 0; i < 1000; ++i) table.rows.push_back({text(std::string(1000, 'x'))});
  {
    auto answer = rows_of(table, account_);
    ASSERT_TRUE(answer.has_value());
    EXPECT_GT(account_.held(), 1'000'000U);
  }
  EXPECT_EQ(account_.held(), 0U);
  memory::Account small("small", nullptr, 100'000);
  EXPECT_EQ(rows_of(table, small).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(small.held(), 0U);
}

TEST_F(RuleQueryTest, a_series_is_a_row_without_its_name) {
  read::PromqlAnswer answer;
  answer.series.push_back({{{"__name__", "up"}, {"empty", ""}, {"job", "a"}}, {{1000, "0"}}});
  answer.warnings = {"partial"};
  EXPECT_EQ(shown(rows_of(answer, account_)), Lines{"job=a -> 0"});
  EXPECT_EQ(rows_of(answer, account_)->warnings, Lines{"partial"});
  answer.type = read::PromqlAnswer::Type::kMatrix;
  EXPECT_EQ(rows_of(answer, account_).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(RuleQueryTest, asks_the_source_of_the_rule_with_its_time) {
  std::vector<std::string> asked;
  Result<SqlTable> table = SqlTable{.columns = {"monitor"}, .numeric = {true}, .rows = {{number(5)}}};
  QuerySources sources{
      .sql = [&](history::SqlQuery query, MonoTime) -> boost::asio::awaitable<Result<SqlTable>> {
        asked.push_back(fmt::format("{} at {}{}", query.text, query.now_ms, query.check_only ? " check" : ""));
        co_return table;
      },
      .state_of = [](MonitorId) { return model::State::kPaused; },
      .account = &account_};
  auto answer = run(ask_rule(&sources, alert::QuerySource::kHistorySql, "SELECT 1", 77, testing::soon()));
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->rows.size(), 1U);
  EXPECT_EQ(answer->rows[0].state, model::State::kPaused);
  auto promql = run(ask_rule(&sources, alert::QuerySource::kPromql, "up", 77, testing::soon()));
  EXPECT_TRUE(promql.error().message().contains("alerts.prometheus_url")) << promql.error().message();

  auto check = [&] {
    return run(check_query(&sources, alert::QuerySource::kHistorySql, "SELECT 2", 5, testing::soon()));
  };
  EXPECT_EQ(check().value(), "");
  table = Error(ErrorCode::kInvalidArgument, "no such column at 8");
  EXPECT_EQ(check().error().message(), "no such column at 8");
  table = Error(ErrorCode::kUnavailable, "history does not run");
  EXPECT_EQ(check().value(), "the query is not checked: history does not run");
  EXPECT_EQ(asked, (Lines{"SELECT 1 at 77", "SELECT 2 at 5 check", "SELECT 2 at 5 check", "SELECT 2 at 5 check"}));
  EXPECT_EQ(run(check_query(&sources, alert::QuerySource::kPromql, "up", 5, testing::soon())).error().code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace holter::app
