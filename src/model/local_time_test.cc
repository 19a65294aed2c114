#include "model/local_time.h"

#include <gtest/gtest.h>

namespace holter::model {
namespace {

using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(LocalTime, shows_the_clock_of_a_zone) {
  auto shanghai = LocalTime::in("Asia/Shanghai").value();
  WallTime time = sys_days(2026y / 11 / 24) + 10h + 5min + 40s;
  EXPECT_EQ(shanghai.format(time), "2026-11-24 18:05:40 +08:00");
  EXPECT_EQ(shanghai.local(time), local_days(2026y / 11 / 24) + 18h + 5min + 40s);
  EXPECT_EQ(LocalTime::in("America/St_Johns").value().format(time), "2026-11-24 06:35:40 -03:30");
}

TEST(LocalTime, finds_the_moment_of_a_local_time_also_where_clocks_change) {
  auto berlin = LocalTime::in("Europe/Berlin").value();
  EXPECT_EQ(berlin.moment(local_days(2026y / 7 / 1) + 12h), sys_days(2026y / 7 / 1) + 10h);
  // 2026-03-29: 02:00 to 03:00 is left out.
  EXPECT_EQ(berlin.moment(local_days(2026y / 3 / 29) + 2h + 30min), sys_days(2026y / 3 / 29) + 1h);
  // 2026-10-25: 02:00 to 03:00 comes twice.
  EXPECT_EQ(berlin.moment(local_days(2026y / 10 / 25) + 2h + 30min), sys_days(2026y / 10 / 25) + 0h + 30min);
}

TEST(LocalTime, knows_the_zone_of_the_system_and_no_foreign_words) {
  EXPECT_TRUE(LocalTime::in("").has_value());
  auto unknown = LocalTime::in("Mars/Olympus");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(unknown.error().message().find("'Mars/Olympus'"), std::string::npos);
}

}  // namespace
}  // namespace holter::model
