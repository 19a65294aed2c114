#include "model/stretch.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace holter::model {
namespace {

TEST(Stretch, waits_as_many_times_as_long_as_intervals_are) {
  Stretch<std::int64_t> stretch;
  EXPECT_EQ(stretch.patience(1'000, 180), 180);
  stretch.set(5, 2'000);
  EXPECT_EQ(stretch.patience(1'000, 180), 900);
  stretch.set(0, 3'000);
  EXPECT_EQ(stretch.patience(3'000, 180), 180) << "heard of since";
}

TEST(Stretch, after_it_ends_what_was_heard_of_before_is_due_by_the_new_interval) {
  Stretch<std::int64_t> stretch;
  stretch.set(5, 1'000);
  stretch.set(1, 2'000);
  EXPECT_EQ(stretch.patience(1'700, 180), 300 + 180);
  EXPECT_EQ(stretch.patience(1'100, 180), 900) << "no longer than the old interval allowed";
  EXPECT_EQ(stretch.patience(2'001, 180), 180);
  stretch.set(2, 2'100);
  EXPECT_EQ(stretch.patience(1'700, 180), 300 + 360);
}

TEST(Stretch, takes_points_of_time_too) {
  Stretch<MonoTime> stretch;
  auto begin = MonoTime(seconds(100));
  stretch.set(3, begin);
  EXPECT_EQ(stretch.patience(begin, seconds(120)), seconds(360));
}

}  // namespace
}  // namespace holter::model
