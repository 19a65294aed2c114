#include "define/cron.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"

namespace holter::define {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

WallTime utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

/// The first `count` due times after `from`, in UTC without milliseconds.
std::vector<std::string> times(std::string_view text, WallTime from, std::size_t count,
                               std::string_view zone = "Etc/UTC") {
  auto fields = parse_cron(text);
  if (!fields) return {fields.error().message()};
  auto cron = model::Cron::make(*fields, text, zone);
  if (!cron) return {cron.error().message()};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    from = (*cron)->next(from);
    out.push_back(format_time(from).substr(0, 19));
  }
  return out;
}

std::string error_of(std::string_view text) {
  auto fields = parse_cron(text);
  return fields ? "no error" : fields.error().message();
}

TEST(Cron, is_due_at_what_all_fields_allow) {
  auto from = utc(2026, 1, 30, 23, 59, 30);  // a Friday
  EXPECT_THAT(times("0 */5 * * * *", from, 3),
              ElementsAre("2026-01-31T00:00:00", "2026-01-31T00:05:00", "2026-01-31T00:10:00"));
  EXPECT_THAT(times("*/20 * * * * ?", from, 3),
              ElementsAre("2026-01-30T23:59:40", "2026-01-31T00:00:00", "2026-01-31T00:00:20"));
  EXPECT_THAT(times("30 59 23 * * *", from, 1), ElementsAre("2026-01-31T23:59:30"));  // after, not at
  EXPECT_THAT(times("0 0 9-17/4 * * MON-FRI", from, 4),
              ElementsAre("2026-02-02T09:00:00", "2026-02-02T13:00:00", "2026-02-02T17:00:00", "2026-02-03T09:00:00"));
  EXPECT_THAT(times("0 15,45 6 1,15 jan,FEB *", from, 3),
              ElementsAre("2026-02-01T06:15:00", "2026-02-01T06:45:00", "2026-02-15T06:15:00"));
  EXPECT_THAT(times("5/25 0 0 1 1 ?", from, 3),
              ElementsAre("2027-01-01T00:00:05", "2027-01-01T00:00:30", "2027-01-01T00:00:55"));
  EXPECT_THAT(times("0 0 0 29 2 *", from, 2), ElementsAre("2028-02-29T00:00:00", "2032-02-29T00:00:00"));
  // Both fields of days must allow it: a Friday the 13th.
  EXPECT_THAT(times("0 0 0 13 * FRI", from, 2), ElementsAre("2026-02-13T00:00:00", "2026-03-13T00:00:00"));
  EXPECT_THAT(times("0 0 0 * * 7", from, 1), times("0 0 0 * * SUN", from, 1));
  EXPECT_THAT(times("0 0 0 * * FRI-SUN", from, 3),
              ElementsAre("2026-01-31T00:00:00", "2026-02-01T00:00:00", "2026-02-06T00:00:00"));
}

TEST(Cron, knows_last_days_nearest_weekdays_and_days_by_number) {
  auto from = utc(2026, 1, 1);
  EXPECT_THAT(times("0 0 0 L * *", from, 3),
              ElementsAre("2026-01-31T00:00:00", "2026-02-28T00:00:00", "2026-03-31T00:00:00"));
  EXPECT_THAT(times("0 0 0 L-3 * *", from, 2), ElementsAre("2026-01-28T00:00:00", "2026-02-25T00:00:00"));
  EXPECT_THAT(times("0 0 0 1W * *", from, 3),  // 1 February is a Sunday, and so is 1 March
              ElementsAre("2026-02-02T00:00:00", "2026-03-02T00:00:00", "2026-04-01T00:00:00"));
  EXPECT_THAT(times("0 0 0 31W * *", from, 2),  // 31 January is a Saturday; February has no 31st
              ElementsAre("2026-01-30T00:00:00", "2026-03-31T00:00:00"));
  EXPECT_THAT(times("0 0 0 LW * *", from, 2), ElementsAre("2026-01-30T00:00:00", "2026-02-27T00:00:00"));
  EXPECT_THAT(times("0 0 0 ? * 5L", from, 2), ElementsAre("2026-01-30T00:00:00", "2026-02-27T00:00:00"));
  EXPECT_THAT(times("0 0 0 ? * THUL", from, 1), ElementsAre("2026-01-29T00:00:00"));
  EXPECT_THAT(times("0 0 0 ? * FRI#2", from, 2), ElementsAre("2026-01-09T00:00:00", "2026-02-13T00:00:00"));
  EXPECT_THAT(times("0 0 0 ? * MON#5", from, 2), ElementsAre("2026-03-30T00:00:00", "2026-06-29T00:00:00"));
  EXPECT_THAT(times("0 0 0 1,L * *", from, 3),
              ElementsAre("2026-01-31T00:00:00", "2026-02-01T00:00:00", "2026-02-28T00:00:00"));
}

TEST(Cron, knows_macros_and_five_fields) {
  auto from = utc(2026, 1, 1, 0, 30);
  EXPECT_THAT(times("@hourly", from, 1), ElementsAre("2026-01-01T01:00:00"));
  EXPECT_THAT(times("@DAILY", from, 1), ElementsAre("2026-01-02T00:00:00"));
  EXPECT_THAT(times("@weekly", from, 1), ElementsAre("2026-01-04T00:00:00"));
  EXPECT_THAT(times("@monthly", from, 1), ElementsAre("2026-02-01T00:00:00"));
  EXPECT_THAT(times("@yearly", from, 1), ElementsAre("2027-01-01T00:00:00"));
  EXPECT_THAT(times(" */10  * * * * ", from, 1), ElementsAre("2026-01-01T00:40:00"));
}

TEST(Cron, what_falls_into_the_gap_of_spring_is_due_once_behind_it) {
  auto from = utc(2026, 3, 28, 12);  // Berlin: at 01:00 UTC of the 29th 02:00 becomes 03:00
  EXPECT_THAT(times("0 30 2 * * *", from, 3, "Europe/Berlin"),
              ElementsAre("2026-03-29T01:00:00", "2026-03-30T00:30:00", "2026-03-31T00:30:00"));
  EXPECT_THAT(times("0 */20 * * * *", utc(2026, 3, 29, 0, 30), 3, "Europe/Berlin"),
              ElementsAre("2026-03-29T00:40:00", "2026-03-29T01:00:00", "2026-03-29T01:20:00"));
  EXPECT_THAT(times("0 5,10 2,3 * * *", utc(2026, 3, 29, 0, 30), 3, "Europe/Berlin"),
              ElementsAre("2026-03-29T01:00:00", "2026-03-29T01:05:00", "2026-03-29T01:10:00"));
}

TEST(Cron, what_comes_twice_in_autumn_is_due_once_unless_every_hour_is_allowed) {
  auto from = utc(2026, 10, 24, 12);  // Berlin: at 01:00 UTC of the 25th 03:00 becomes 02:00
  EXPECT_THAT(times("0 30 2 * * *", from, 2, "Europe/Berlin"),
              ElementsAre("2026-10-25T00:30:00", "2026-10-26T01:30:00"));
  EXPECT_THAT(times("0 30 1-4 * * *", from, 5, "Europe/Berlin"),
              ElementsAre("2026-10-24T23:30:00", "2026-10-25T00:30:00", "2026-10-25T02:30:00", "2026-10-25T03:30:00",
                          "2026-10-26T00:30:00"));
  // From within the second pass, too.
  EXPECT_THAT(times("0 40 2 * * *", utc(2026, 10, 25, 1, 10), 1, "Europe/Berlin"), ElementsAre("2026-10-26T01:40:00"));
  EXPECT_THAT(times("0 */30 * * * *", utc(2026, 10, 25, 0, 15), 4, "Europe/Berlin"),
              ElementsAre("2026-10-25T00:30:00", "2026-10-25T01:00:00", "2026-10-25T01:30:00", "2026-10-25T02:00:00"));
}

TEST(Cron, follows_zones_of_other_habits) {
  // Lord Howe moves by half an hour: at 15:00 UTC on 3 October 02:00 becomes 02:30.
  EXPECT_THAT(times("0 15 2 * * *", utc(2026, 10, 3, 12), 2, "Australia/Lord_Howe"),
              ElementsAre("2026-10-03T15:30:00", "2026-10-04T15:15:00"));
  EXPECT_THAT(times("0 0 12 * * *", utc(2026, 6, 1), 1, "Asia/Kolkata"), ElementsAre("2026-06-01T06:30:00"));
  EXPECT_THAT(times("0 30 0 * * *", utc(2011, 12, 29), 3, "Pacific/Apia"),  // which had no 30 December 2011
              ElementsAre("2011-12-29T10:30:00", "2011-12-30T10:00:00", "2011-12-30T10:30:00"));
}

TEST(Cron, the_time_zone_is_the_systems_unless_named_and_must_be_known) {
  auto fields = parse_cron("@daily").value();
  EXPECT_TRUE(model::Cron::make(fields, "@daily", "").has_value());
  EXPECT_EQ(model::Cron::make(fields, "@daily", "Europe/Berlni").error().message(),
            "cannot use the unknown time zone 'Europe/Berlni' (did you mean 'Europe/Berlin'?)");
  EXPECT_THAT(model::Cron::make(fields, "@daily", "../../etc/passwd").error().message(),
              HasSubstr("unknown time zone"));
}

TEST(Cron, names_field_value_and_column_of_what_is_wrong) {
  EXPECT_EQ(error_of("0 61 * * * *"),
            "cannot use the cron expression '0 61 * * * *': minute 61 is not within 0 to 59 (column 3)");
  EXPECT_THAT(error_of("0 0 0 * JAM *"), HasSubstr("'JAM' is no month (column 9)"));
  EXPECT_THAT(error_of("0 0 5-3 * * *"), HasSubstr("the range '5-3' of the hour ends before it begins (column 5)"));
  EXPECT_THAT(error_of("*/0 * * * * *"), HasSubstr("'0' is no step of a second, 1 to 60 (column 3)"));
  EXPECT_THAT(error_of("0 1,,2 * * * *"), HasSubstr("a minute is missing (column 5)"));
  EXPECT_THAT(error_of("? * * * * *"), HasSubstr("'?' is for days only, not for the second (column 1)"));
  EXPECT_THAT(error_of("0 0 0 LX * *"), HasSubstr("'LX' is no day of month: L, L-n, LW and nW are (column 7)"));
  EXPECT_THAT(error_of("0 0 0 ? * L"), HasSubstr("'L' needs a day of week before it"));
  EXPECT_THAT(error_of("0 0 0 ? * FRI#6"), HasSubstr("'6' is no number of a day of week in a month, 1 to 5"));
  EXPECT_THAT(error_of("0 0 99999999999999999999 * * *"), HasSubstr("is not within 0 to 23 (column 5)"));
  EXPECT_THAT(error_of("* * * *"), HasSubstr("4 fields; six are needed"));
  EXPECT_THAT(error_of(""), HasSubstr("0 fields; six are needed"));
  EXPECT_THAT(error_of("0 0 13 * FRI"), HasSubstr("ambiguous: write six"));
  EXPECT_THAT(error_of("@often"), HasSubstr("'@often' is none of @yearly"));
  EXPECT_THAT(error_of(std::string(500, '*')), HasSubstr("at most 200 are taken"));
  EXPECT_THAT(times("0 0 0 31 2,4 *", utc(2026, 1, 1), 1).at(0), HasSubstr("it is never due"));
}

}  // namespace
}  // namespace holter::define
