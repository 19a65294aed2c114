#include "intake/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"

namespace holter::intake {
namespace {

using ::testing::HasSubstr;

/// "none", "error" or RFC 3339 in UTC.
std::string told(std::string_view text, std::optional<std::chrono::minutes> offset = {}) {
  auto time = parse_time(text, offset);
  return !time ? "error" : !*time ? "none" : format_time(**time);
}

TEST(Times, of_rfc_3339_have_offsets_and_fractions) {
  EXPECT_EQ(told("2026-11-30T20:00:00Z"), "2026-11-30T20:00:00.000Z");
  EXPECT_EQ(told("2021-10-12T09:51:03.157076+02:00"), "2021-10-12T07:51:03.157Z");
  EXPECT_EQ(told("2026-11-30t20:00:00.5z"), "2026-11-30T20:00:00.500Z");
  EXPECT_EQ(told("2026-11-30 20:00:00-05:30"), "2026-12-01T01:30:00.000Z");
  EXPECT_EQ(told("2026-12-31T23:59:60Z"), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(told("2028-02-29T00:00:00Z"), "2028-02-29T00:00:00.000Z");
}

TEST(Times, of_the_clouds_name_their_zone_behind) {
  EXPECT_EQ(told("2024-04-11 14:51:01(UTC+08:00)"), "2024-04-11T06:51:01.000Z");
  EXPECT_EQ(told("2025/06/02 22:56:15 GMT+08:00"), "2025-06-02T14:56:15.000Z");
  EXPECT_EQ(told("01 12, 2024 13:51:16 GMT-03:00"), "2024-01-12T16:51:16.000Z");
  EXPECT_EQ(told("2024-04-11 14:51:01 UTC"), "2024-04-11T14:51:01.000Z");
}

TEST(Times, without_a_zone_need_one_to_be_given) {
  EXPECT_EQ(told("2017-03-09 07:00:00"), "error");
  EXPECT_EQ(told("2017-03-09 07:00:00", std::chrono::hours(8)), "2017-03-08T23:00:00.000Z");
  EXPECT_EQ(told("2017-03-09 07:00:00+01:00", std::chrono::hours(8)), "2017-03-09T06:00:00.000Z");
}

TEST(Times, are_numbers_of_seconds_or_milliseconds) {
  EXPECT_EQ(told("1796068800"), "2026-11-30T20:00:00.000Z");
  EXPECT_EQ(told("1796068800.25"), "2026-11-30T20:00:00.250Z");
  EXPECT_EQ(told("1796068800250"), "2026-11-30T20:00:00.250Z");
  EXPECT_EQ(told("99999999999"), "5138-11-16T09:46:39.000Z");
  EXPECT_EQ(told("100000000000"), "1973-03-03T09:46:40.000Z");
  EXPECT_EQ(told("-5"), "error");
  EXPECT_EQ(told("1796068800250000000"), "error");
  EXPECT_EQ(told("inf"), "error");
}

TEST(Times, that_say_nothing_are_none) {
  for (auto text : {"", "null", "0", "0.0", "0001-01-01T00:00:00Z", "0001-01-01T08:05:43+08:05"})
    EXPECT_EQ(told(text), "none") << text;
}

TEST(Times, that_do_not_exist_are_errors) {
  for (auto text :
       {"2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-30T24:00:00Z", "2026-11-30T20:60:00Z",
        "2026-11-30T20:00:61Z", "2026-11-30T20:00:00", "2026-11-30T20:00Z", "2026-11-30", "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00", "2026-11-30T20:00:00.Z", "2026-11-30T20:00:00+24:00", "2026-11-30T20:00:00Zx",
        "2026-11-30 20:00:00(UTC+08:00", "now", " ", "12:00"})
    EXPECT_EQ(told(text), "error") << text;
}

TEST(Times, of_members_name_them_in_errors) {
  boost::json::value object{{"a", "soon"}, {"b", true}, {"c", nullptr}, {"d", 1796068800}};
  EXPECT_EQ(time_of(object, "a").error().message(), "a: cannot read the time 'soon'");
  EXPECT_THAT(time_of(object, "b").error().message(), HasSubstr("a time of a boolean"));
  EXPECT_EQ(time_of(object, "c").value(), std::nullopt);
  EXPECT_EQ(time_of(object, "d").value(), WallTime(std::chrono::seconds(1796068800)));
  EXPECT_EQ(time_of(object, "none").value(), std::nullopt);
}

}  // namespace
}  // namespace holter::intake
