#include "collect/protocols/http/time_expression.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace holter::collect::http {
namespace {

class TimeExpressionTest : public ::testing::Test {
 protected:
  TimeExpressionTest() { zone("UTC"); }
  ~TimeExpressionTest() override { zone("UTC"); }
  static void zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  std::string at(std::string_view text) const { return evaluate_time_expressions(text, now_); }

  // 2026-01-31T23:05:09.042Z
  WallTime now_{milliseconds(1769900709042)};
};

TEST_F(TimeExpressionTest, writes_every_name) {
  EXPECT_EQ(at("${@now}"), "2026-01-31 23:05:09");
  EXPECT_EQ(at("${@date}"), "2026-01-31");
  EXPECT_EQ(at("${@time}"), "23:05:09");
  EXPECT_EQ(at("${@timestamp}"), "1769900709042");
  EXPECT_EQ(at("${@timestamp10}"), "1769900709");
  EXPECT_EQ(at("${@year}/${@month}/${@day}"), "2026/01/31");
  EXPECT_EQ(at("${@hour}:${@minute}:${@second}.${@millisecond}"), "23:05:09.042");
}

TEST_F(TimeExpressionTest, moves_by_terms_in_their_order) {
  EXPECT_EQ(at("${@date+1d}"), "2026-02-01");
  EXPECT_EQ(at("${@date - 1w}"), "2026-01-24");
  EXPECT_EQ(at("${@date + 1M}"), "2026-02-28");
  EXPECT_EQ(at("${@date +1M -1d}"), "2026-02-27");
  EXPECT_EQ(at("${@date -1d +1M}"), "2026-02-28");
  EXPECT_EQ(at("${@date+2y}"), "2028-01-31");
  EXPECT_EQ(at("${ @date}"), "${ @date}");
  EXPECT_EQ(at("${@now+1H-5m+51s}"), "2026-02-01 00:01:00");
  EXPECT_EQ(at("${@timestamp10-1H}"), "1769897109");
}

TEST_F(TimeExpressionTest, goes_by_the_zone_of_the_process_and_gives_true_timestamps) {
  zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(at("${@now}"), "2026-02-01 00:05:09");
  EXPECT_EQ(at("${@timestamp10}"), "1769900709");
  now_ = WallTime(milliseconds(1774735200000));  // 2026-03-28T22:00:00Z, the day before daylight saving time begins
  EXPECT_EQ(at("${@now+1d}"), "2026-03-29 23:00:00");
  EXPECT_EQ(at("${@now+24H}"), "2026-03-30 00:00:00");
}

TEST_F(TimeExpressionTest, leaves_alone_what_is_none) {
  for (const char* text :
       {"", "plain", "${date}", "${@}", "${@dat}", "${@date", "${@date+}", "${@date+1}", "${@date+1x}", "${@date 1d}",
        "${@date+-1d}", "${@date+9999999999y}", "${@date-2027y}", "${@now+99999999999s}",
        "${@date+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d}", "${@Date}"})
    EXPECT_EQ(at(text), text);
  EXPECT_EQ(at("${@x}${@year}"), "${@x}2026");
}

TEST_F(TimeExpressionTest, says_what_is_wrong) {
  EXPECT_EQ(fault_of_time_expressions("a ${@date+1d} b"), "");
  EXPECT_EQ(
      fault_of_time_expressions("a ${@dat}"),
      "cannot evaluate '${@dat}': a name (now, date, time, timestamp, timestamp10, year, month, day, hour, minute, "
      "second, millisecond) and terms such as +1d are needed");
  EXPECT_TRUE(has_time_expression("x${@date}"));
  EXPECT_FALSE(has_time_expression("x${@date"));
}

}  // namespace
}  // namespace holter::collect::http
