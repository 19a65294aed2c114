#include "status/buckets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::status {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
constexpr std::int64_t kHour = 3'600'000;

std::vector<Day> days(std::string_view zone, WallTime now, unsigned count) {
  return days_until(model::LocalTime::in(zone).value(), now, count);
}
std::int64_t hours_of(const Day& day) {
  return (day.to_ms - day.from_ms) / kHour;
}

TEST(Buckets, days_are_those_of_the_zone_and_follow_each_other) {
  auto shanghai = days("Asia/Shanghai", sys_days(2026y / 12 / 1) + 17h, 3);
  ASSERT_EQ(shanghai.size(), 3U);
  EXPECT_EQ(shanghai[2].date, "2026-12-02") << "it is after midnight there";
  EXPECT_EQ(shanghai[2].from_ms, epoch_ms(sys_days(2026y / 12 / 1) + 16h));
  for (std::size_t i = 1; i < shanghai.size(); ++i) EXPECT_EQ(shanghai[i - 1].to_ms, shanghai[i].from_ms);
  EXPECT_EQ(days("Asia/Kolkata", sys_days(2026y / 12 / 1) + 12h, 1)[0].from_ms,
            epoch_ms(sys_days(2026y / 11 / 30) + 18h + 30min));
}

TEST(Buckets, days_have_23_and_25_hours_where_clocks_change) {
  auto spring = days("Europe/Berlin", sys_days(2026y / 3 / 30) + 12h, 3);
  EXPECT_EQ(spring[0].date, "2026-03-28");
  EXPECT_EQ(hours_of(spring[0]), 24);
  EXPECT_EQ(hours_of(spring[1]), 23);
  EXPECT_EQ(hours_of(spring[2]), 24);
  auto autumn = days("America/New_York", sys_days(2026y / 11 / 2) + 12h, 3);
  EXPECT_EQ(hours_of(autumn[1]), 25);
  // Half an hour: Lord Howe Island.
  auto half = days("Australia/Lord_Howe", sys_days(2026y / 4 / 6), 3);
  std::int64_t all = 0;
  for (const auto& day : half) all += day.to_ms - day.from_ms;
  EXPECT_EQ(all, 3 * 24 * kHour + kHour / 2);
  // Midnight is left out there: Sao Paulo, 2018-11-04.
  auto gap = days("America/Sao_Paulo", sys_days(2018y / 11 / 5) + 12h, 3);
  EXPECT_EQ(hours_of(gap[1]), 23);
  EXPECT_EQ(gap[0].to_ms, gap[1].from_ms);
}

TEST(Buckets, a_day_that_a_zone_has_skipped_is_none) {
  auto samoa = days("Pacific/Apia", sys_days(2011y / 12 / 31) + 12h, 4);
  std::vector<std::string> dates;
  for (const auto& day : samoa) dates.push_back(day.date);
  EXPECT_THAT(dates, ::testing::Not(::testing::Contains("2011-12-30")));
  for (const auto& day : samoa) EXPECT_GT(day.to_ms, day.from_ms);
}

TEST(Buckets, days_of_one_length_are_asked_for_together) {
  auto all = days("Europe/Berlin", sys_days(2026y / 4 / 30) + 12h, 90);
  ASSERT_EQ(all.size(), 90U);
  auto runs = runs_of(all, 120);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[1].count, 1U);
  EXPECT_EQ(runs[1].step_ms, 23 * kHour);
  EXPECT_EQ(runs[0].count + runs[1].count + runs[2].count, 90U);
  std::size_t next = 0;
  for (const auto& run : runs_of(all, 7)) {
    EXPECT_LE(run.count, 7U);
    EXPECT_EQ(run.first, next);
    next += run.count;
    EXPECT_EQ(all[run.first].from_ms + static_cast<std::int64_t>(run.count) * run.step_ms, all[next - 1].to_ms);
  }
  EXPECT_EQ(next, 90U);
  EXPECT_TRUE(runs_of({}, 120).empty());
}

TEST(Buckets, each_monitor_counts_alike_and_what_was_not_checked_not_at_all) {
  Bucket bucket;
  EXPECT_FALSE(bucket.availability());
  bucket.add({});
  EXPECT_FALSE(bucket.availability()) << "unknown is not up";
  bucket.add({.total = 1000, .failed = 0, .avg_duration_ms = 10});
  bucket.add({.total = 10, .failed = 5, .avg_duration_ms = 30});
  bucket.add({});
  EXPECT_DOUBLE_EQ(*bucket.availability(), 0.75);
  EXPECT_DOUBLE_EQ(*bucket.average_duration_ms(), 20);
  EXPECT_TRUE(bucket.any_failed);
  Bucket good, none;
  good.add({.total = 4});
  EXPECT_DOUBLE_EQ(*availability_of(std::vector{bucket, none, good}), 0.875) << "a day without data is left out";
  EXPECT_FALSE(availability_of(std::vector{none, none}));
}

TEST(Buckets, percentages_never_hide_a_failure) {
  EXPECT_EQ(percent_text(1.0), "100 %");
  EXPECT_EQ(percent_text(0.999999), "99.99 %");
  EXPECT_EQ(percent_text(0.9995), "99.95 %");
  EXPECT_EQ(percent_text(0.0000001), "0.01 %");
  EXPECT_EQ(percent_text(0.0), "0.00 %");
  EXPECT_EQ(percent_text(std::nullopt), "no data");
}

}  // namespace
}  // namespace holter::status
