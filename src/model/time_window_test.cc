#include "model/time_window.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using testing::HasSubstr;

WallTime utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) + hours(hour) +
         minutes(minute) + seconds(second);
}

TimeWindow window(std::string_view text) {
  auto parsed = TimeWindow::parse(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return parsed.value();
}

TEST(TimeWindow, has_a_first_instant_and_no_last_one) {
  auto work = window("mon-fri 09:00-17:30 Etc/UTC");
  EXPECT_FALSE(work.contains(utc(2026, 11, 23, 9) - milliseconds(1)));  // a Monday
  EXPECT_TRUE(work.contains(utc(2026, 11, 23, 9)));
  EXPECT_TRUE(work.contains(utc(2026, 11, 23, 17, 30) - milliseconds(1)));
  EXPECT_FALSE(work.contains(utc(2026, 11, 23, 17, 30)));
  EXPECT_FALSE(work.contains(utc(2026, 11, 22, 12)));  // Sunday
}

TEST(TimeWindow, that_crosses_midnight_belongs_to_the_day_it_began) {
  auto night = window("fri 22:00-06:00 Etc/UTC");
  EXPECT_TRUE(night.contains(utc(2026, 11, 27, 22)));  // Friday
  EXPECT_TRUE(night.contains(utc(2026, 11, 28, 5, 59)));
  EXPECT_FALSE(night.contains(utc(2026, 11, 28, 6)));
  EXPECT_FALSE(night.contains(utc(2026, 11, 28, 22)));  // Saturday
  EXPECT_FALSE(night.contains(utc(2026, 11, 27, 5)));   // the night that Thursday began
}

TEST(TimeWindow, with_equal_ends_is_24_hours_and_may_end_at_24_00) {
  auto sunday = window("sun 00:00-00:00 Etc/UTC");
  auto the_same = window("sun 00:00-24:00 Etc/UTC");
  auto shifted = window("sun 08:00-08:00 Etc/UTC");
  EXPECT_TRUE(sunday.contains(utc(2026, 11, 22)));
  EXPECT_TRUE(sunday.contains(utc(2026, 11, 22, 23, 59, 59)));
  EXPECT_FALSE(sunday.contains(utc(2026, 11, 23)));
  EXPECT_FALSE(sunday.contains(utc(2026, 11, 21, 23, 59, 59)));
  for (auto t = utc(2026, 11, 20); t < utc(2026, 11, 30); t += minutes(30))
    EXPECT_EQ(sunday.contains(t), the_same.contains(t));
  EXPECT_FALSE(shifted.contains(utc(2026, 11, 22, 7, 59)));
  EXPECT_TRUE(shifted.contains(utc(2026, 11, 22, 8)));
  EXPECT_TRUE(shifted.contains(utc(2026, 11, 23, 7, 59)));
  EXPECT_FALSE(shifted.contains(utc(2026, 11, 23, 8)));
}

TEST(TimeWindow, begins_behind_the_gap_when_clocks_go_forward_over_its_beginning) {
  auto early = window("sun 02:30-04:00 Europe/Berlin");  // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC
  EXPECT_FALSE(early.contains(utc(2026, 3, 29, 0, 59, 59)));
  EXPECT_TRUE(early.contains(utc(2026, 3, 29, 1)));
  EXPECT_EQ(early.next_change(utc(2026, 3, 28)), utc(2026, 3, 29, 1));
  EXPECT_EQ(early.next_change(utc(2026, 3, 29, 1)), utc(2026, 3, 29, 2));
}

TEST(TimeWindow, does_not_come_when_it_lies_in_the_gap) {
  auto gone = window("sun 02:10-02:50 Europe/Berlin");
  for (auto t = utc(2026, 3, 28, 12); t < utc(2026, 3, 29, 12); t += minutes(1)) EXPECT_FALSE(gone.contains(t));
  EXPECT_EQ(gone.next_change(utc(2026, 3, 28)), utc(2026, 4, 5, 0, 10));
}

TEST(TimeWindow, is_inside_both_times_when_an_hour_comes_twice) {
  auto late = window("sun 02:15-02:45 Europe/Berlin");  // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC
  EXPECT_EQ(late.next_change(utc(2026, 10, 25)), utc(2026, 10, 25, 0, 15));
  EXPECT_TRUE(late.contains(utc(2026, 10, 25, 0, 15)));
  EXPECT_EQ(late.next_change(utc(2026, 10, 25, 0, 15)), utc(2026, 10, 25, 0, 45));
  EXPECT_EQ(late.next_change(utc(2026, 10, 25, 0, 45)), utc(2026, 10, 25, 1, 15));
  EXPECT_TRUE(late.contains(utc(2026, 10, 25, 1, 30)));
  EXPECT_EQ(late.next_change(utc(2026, 10, 25, 1, 15)), utc(2026, 10, 25, 1, 45));
  EXPECT_FALSE(late.contains(utc(2026, 10, 25, 1, 45)));
}

TEST(TimeWindow, changes_exactly_where_it_says) {
  // Against a look every five minutes, over both changes of the clocks, in zones with offsets of quarters and half
  // hours.
  constexpr minutes kStep{5};
  std::mt19937 random(11);
  auto pick = [&](unsigned n) { return static_cast<int>(random() % n); };
  for (std::string_view zone :
       {"Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Etc/UTC"}) {
    for (int i = 0; i < 6; ++i) {
      auto made = TimeWindow::weekly(static_cast<std::uint8_t>(1 + pick(127)), minutes(15 * pick(96)),
                                     minutes(15 * pick(97)), zone);
      ASSERT_TRUE(made);
      for (auto begin : {utc(2026, 3, 27), utc(2026, 4, 3), utc(2026, 10, 2), utc(2026, 10, 30)}) {
        auto expected = made->next_change(begin);
        for (auto t = begin; t < begin + hours(24 * 9); t += kStep) {
          if (t >= expected) {
            ASSERT_NE(made->contains(t), made->contains(t - milliseconds(1)))
                << to_string(*made) << " at " << epoch_ms(t);
            expected = made->next_change(t);
            ASSERT_GT(expected, t);
          } else {
            ASSERT_EQ(made->contains(t), made->contains(begin > t - kStep ? begin : t - kStep))
                << to_string(*made) << " at " << epoch_ms(t);
          }
        }
      }
    }
  }
}

TEST(TimeWindow, that_is_always_or_over_never_changes) {
  EXPECT_EQ(window("daily 00:00-24:00 Etc/UTC").next_change(utc(2026, 1, 1)), WallTime::max());
  EXPECT_EQ(window("daily 05:00-05:00 Europe/Berlin").next_change(utc(2026, 1, 1)), WallTime::max());
  auto range = window("2026-11-24T10:00Z/2026-11-24T12:00Z");
  EXPECT_EQ(range.next_change(utc(2026, 11, 24, 9)), utc(2026, 11, 24, 10));
  EXPECT_EQ(range.next_change(utc(2026, 11, 24, 10)), utc(2026, 11, 24, 12));
  EXPECT_EQ(range.next_change(utc(2026, 11, 24, 12)), WallTime::max());
  EXPECT_EQ(window("daily 01:00-02:00 Etc/UTC").next_change(WallTime::max()), WallTime::max());
  EXPECT_FALSE(window("daily 01:00-02:00 Etc/UTC").contains(WallTime::max()));
  EXPECT_FALSE(window("daily 01:00-02:00 Etc/UTC").contains(WallTime::min()));
}

TEST(TimeWindow, of_a_range_contains_its_start_and_not_its_end) {
  auto range = window("2026-11-24T10:00:30.5Z/2026-11-24T12:00:00.250Z");
  auto start = utc(2026, 11, 24, 10, 0, 30) + milliseconds(500);
  auto end = utc(2026, 11, 24, 12) + milliseconds(250);
  EXPECT_FALSE(range.contains(start - milliseconds(1)));
  EXPECT_TRUE(range.contains(start));
  EXPECT_TRUE(range.contains(end - milliseconds(1)));
  EXPECT_FALSE(range.contains(end));
}

TEST(TimeWindow, comes_back_from_its_text) {
  for (std::string_view text : {"daily 22:00-06:00", "mon-fri,sun 22:00-06:00 Europe/Berlin", "mon 00:00-24:00 Etc/UTC",
                                "tue,thu,sat-sun 08:30-08:30 Asia/Kathmandu", "wed 23:59-00:00 Etc/UTC",
                                "2026-11-24T10:00:00.000Z/2026-11-24T12:00:00.500Z"}) {
    auto parsed = window(text);
    EXPECT_EQ(to_string(parsed), text);
    EXPECT_EQ(window(to_string(parsed)), parsed);
  }
  EXPECT_EQ(to_string(window(" sun-mon,tue  01:00-02:00 Etc/UTC ")), "mon-tue,sun 01:00-02:00 Etc/UTC");
  EXPECT_EQ(to_string(window("fri-thu 01:00-02:00 Etc/UTC")), "daily 01:00-02:00 Etc/UTC");
  EXPECT_EQ(to_string(window("sat-mon 01:00-02:00 Etc/UTC")), "mon,sat-sun 01:00-02:00 Etc/UTC");
}

TEST(TimeWindow, says_what_is_wrong_with_a_text) {
  auto error = [](std::string_view text) { return TimeWindow::parse(text).error(); };
  EXPECT_THAT(error("").message(), HasSubstr("it is empty"));
  EXPECT_THAT(error("mon").message(), HasSubstr("<days> <from>-<to>"));
  EXPECT_THAT(error("mon-fry 10:00-11:00").message(), HasSubstr("'fry' is no day"));
  EXPECT_THAT(error("mon, 10:00-11:00").message(), HasSubstr("'' is no day"));
  EXPECT_THAT(error("mon 10:00").message(), HasSubstr("22:00-06:00"));
  EXPECT_THAT(error("mon 24:00-01:00").message(), HasSubstr("between 00:00 and 23:59"));
  EXPECT_THAT(error("mon 10:00-24:01").message(), HasSubstr("'24:01' is no time of day"));
  EXPECT_THAT(error("mon 10:00-1:00").message(), HasSubstr("'1:00' is no time of day"));
  EXPECT_THAT(error("mon 10:60-11:00").message(), HasSubstr("'10:60'"));
  EXPECT_THAT(error("2026-11-24T10:00Z").message(), HasSubstr("<start>/<end>"));
  EXPECT_THAT(error("2026-02-29T10:00Z/2026-03-01T10:00Z").message(), HasSubstr("'2026-02-29T10:00Z' is no time"));
  EXPECT_THAT(error("2026-11-24T10:00Z/2026-11-24T24:00Z").message(), HasSubstr("is no time"));
  EXPECT_THAT(error("2026-11-24T10:00Z/2026-11-24T10:00Z").message(), HasSubstr("ends before it begins"));
  EXPECT_THAT(error(std::string(300, 'x')).message(), HasSubstr("longer than 256 bytes"));
  EXPECT_EQ(error("mon 10:00-11:00 Europe/Berlni").code(), ErrorCode::kNotFound);
  EXPECT_THAT(error("mon 10:00-11:00 Europe/Berlni").message(), HasSubstr("did you mean 'Europe/Berlin'?"));
  EXPECT_EQ(error("mon 10:00-11:00 a b").code(), ErrorCode::kInvalidArgument);
}

TEST(TimeWindows, change_where_the_union_does) {
  const std::vector<TimeWindow> together{window("daily 08:00-12:00 Etc/UTC"), window("daily 10:00-18:00 Etc/UTC")};
  EXPECT_TRUE(any_contains(together, utc(2026, 11, 24, 11)));
  EXPECT_FALSE(any_contains(together, utc(2026, 11, 24, 18)));
  EXPECT_EQ(next_change(together, utc(2026, 11, 24, 8)), utc(2026, 11, 24, 18));
  EXPECT_EQ(next_change(together, utc(2026, 11, 24, 18)), utc(2026, 11, 25, 8));
  EXPECT_FALSE(any_contains({}, utc(2026, 1, 1)));
  EXPECT_EQ(next_change({}, utc(2026, 1, 1)), WallTime::max());
}

TEST(TimeWindows, that_are_always_inside_give_a_far_time_to_ask_again) {
  const std::vector<TimeWindow> always{window("daily 00:00-12:00 Etc/UTC"), window("daily 12:00-24:00 Etc/UTC")};
  EXPECT_GE(next_change(always, utc(2026, 1, 1)), utc(2026, 1, 1) + hours(24 * 60));
}

}  // namespace
}  // namespace holter::model
