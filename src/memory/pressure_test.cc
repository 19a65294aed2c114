#include "memory/pressure.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::memory {
namespace {

class PressureTest : public ::testing::Test {
 protected:
  std::optional<LevelChange> sample(double ledger, nanoseconds after = milliseconds(200)) {
    now_ += after;
    return pressure_.update({.ledger = ledger}, now_, ms());
  }
  std::int64_t ms() const { return std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()).count(); }

  MonoTime now_{};
  Pressure pressure_;
};

TEST_F(PressureTest, rises_at_once_where_a_level_begins) {
  EXPECT_FALSE(sample(0.6999).has_value());
  auto change = sample(0.70);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->from, Level::kNormal);
  EXPECT_EQ(change->to, Level::kElevated);
  EXPECT_EQ(change->time_ms, ms());
  EXPECT_EQ(change->signals.ledger, 0.70);
  EXPECT_EQ(pressure_.since_ms(), ms());
}

TEST_F(PressureTest, rises_several_levels_in_one_step) {
  auto change = sample(0.97);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->from, Level::kNormal);
  EXPECT_EQ(change->to, Level::kEmergency);
  EXPECT_EQ(pressure_.history().size(), 1U);
}

TEST_F(PressureTest, falls_one_level_at_a_time_each_after_its_dwell) {
  sample(0.97);
  sample(0.1);
  for (int level = 3; level >= 0; --level) {
    EXPECT_FALSE(sample(0.1, seconds(10) - milliseconds(1)).has_value()) << level;
    auto change = sample(0.1, milliseconds(1));
    ASSERT_TRUE(change.has_value()) << level;
    EXPECT_EQ(change->from, static_cast<Level>(level + 1));
    EXPECT_EQ(change->to, static_cast<Level>(level));
  }
  EXPECT_EQ(pressure_.level(), Level::kNormal);
  EXPECT_FALSE(sample(0, seconds(60)).has_value());
}

TEST_F(PressureTest, stays_within_the_hysteresis_however_long) {
  sample(0.80);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(sample(0.75).has_value());
  EXPECT_EQ(pressure_.level(), Level::kHigh);
}

TEST_F(PressureTest, dwell_begins_anew_when_the_signal_goes_above) {
  sample(0.80);
  sample(0.74);
  EXPECT_FALSE(sample(0.74, seconds(9)).has_value());
  EXPECT_FALSE(sample(0.76, milliseconds(1)).has_value());
  EXPECT_FALSE(sample(0.74, milliseconds(1)).has_value());
  EXPECT_FALSE(sample(0.74, seconds(9)).has_value());
  EXPECT_TRUE(sample(0.74, seconds(1)).has_value());
}

TEST_F(PressureTest, a_fall_stops_at_a_level_that_still_holds) {
  sample(0.97);
  sample(0.78);
  ASSERT_TRUE(sample(0.78, seconds(10)).has_value());
  ASSERT_TRUE(sample(0.78, seconds(10)).has_value());
  EXPECT_EQ(pressure_.level(), Level::kHigh);
  EXPECT_FALSE(sample(0.78, seconds(100)).has_value());
}

TEST_F(PressureTest, rises_again_in_the_midst_of_a_fall) {
  sample(0.97);
  sample(0.1);
  sample(0.1, seconds(10));
  auto change = sample(0.96);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->from, Level::kCritical);
  EXPECT_EQ(change->to, Level::kEmergency);
}

TEST_F(PressureTest, the_largest_signal_decides_and_is_named) {
  pressure_.update({.ledger = 0.5, .resident = 0.85, .stall = 0.7}, now_, 0);
  EXPECT_EQ(pressure_.level(), Level::kHigh);
  EXPECT_EQ(pressure_.signals().cause(), Signal::kResident);
  EXPECT_EQ((Signals{.ledger = 0.1, .resident = 0.2, .stall = 0.3}.cause()), Signal::kStall);
  EXPECT_EQ((Signals{.ledger = 0.3, .resident = 0.3, .stall = 0.3}.cause()), Signal::kLedger);
}

TEST_F(PressureTest, reads_what_is_no_number_or_negative_as_nothing) {
  constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr auto kEndless = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(pressure_.update({.ledger = kNan, .resident = -1, .stall = -kEndless}, now_, 0).has_value());
  EXPECT_EQ(pressure_.signals().ledger, 0);
  EXPECT_EQ(pressure_.signals().resident, 0);
  EXPECT_EQ(pressure_.signals().stall, 0);
  EXPECT_TRUE(pressure_.update({.ledger = kEndless, .resident = kNan}, now_, 0).has_value());
  EXPECT_TRUE(std::isfinite(pressure_.signals().largest()));
  EXPECT_EQ(pressure_.level(), Level::kEmergency);
}

TEST_F(PressureTest, time_at_the_levels_adds_up_to_the_time_sampled) {
  sample(0.1);
  auto began = now_;
  for (double signal : {0.1, 0.75, 0.75, 0.99, 0.2, 0.2}) sample(signal, seconds(15));
  auto times = pressure_.time_at();
  EXPECT_EQ(std::accumulate(times.begin(), times.end(), nanoseconds(0)), now_ - began);
  EXPECT_EQ(times[0], seconds(30)) << "up to the sample that raised it";
  EXPECT_EQ(times[1], seconds(30));
}

TEST_F(PressureTest, time_that_stands_still_or_goes_back_adds_nothing) {
  sample(0.1);
  sample(0.1, nanoseconds(0));
  sample(0.1, -seconds(5));
  EXPECT_EQ(pressure_.time_at()[0], nanoseconds(0));
}

TEST_F(PressureTest, keeps_the_newest_changes_only) {
  pressure_.set_options({.dwell = nanoseconds(0)});
  for (std::size_t i = 0; i < 2 * Pressure::kHistory; ++i) sample(i % 2 == 0 ? 0.72 : 0.1);
  EXPECT_EQ(pressure_.history().size(), Pressure::kHistory);
  EXPECT_EQ(pressure_.history().back().time_ms, ms());
  EXPECT_LT(pressure_.history().front().time_ms, pressure_.history().back().time_ms);
}

TEST_F(PressureTest, new_options_count_from_the_next_sample) {
  sample(0.72);
  ASSERT_EQ(pressure_.level(), Level::kElevated);
  pressure_.set_options({.from = {0, 0.5, 0.6, 0.7, 0.9}});
  EXPECT_EQ(pressure_.level(), Level::kElevated);
  sample(0.72);
  EXPECT_EQ(pressure_.level(), Level::kCritical);
  pressure_.set_options({.from = {0, 0.80, 0.85, 0.90, 0.95}, .dwell = seconds(1)});
  sample(0.72);
  for (int i = 0; i < 3; ++i) sample(0.72, seconds(1));
  EXPECT_EQ(pressure_.level(), Level::kNormal);
}

TEST_F(PressureTest, time_below_counts_for_a_shorter_dwell) {
  sample(0.72);
  sample(0.1);
  sample(0.1, seconds(5));
  pressure_.set_options({.dwell = seconds(5)});
  EXPECT_TRUE(sample(0.1, milliseconds(1)).has_value());
}

TEST(LevelOptions, defaults_pass) {
  EXPECT_TRUE(check(LevelOptions{}).has_value());
  EXPECT_TRUE(check({.from = {0, 0.1, 0.2, 0.3, 1.0}, .hysteresis = 0, .dwell = nanoseconds(0)}).has_value());
}

TEST(LevelOptions, bad_ones_are_named) {
  constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    LevelOptions options;
    std::string message;
  };
  const Case cases[] = {
      {{.from = {0, 0.8, 0.7, 0.9, 0.95}},
       "cannot use memory.levels.high: 70 % is not above 80 %, where elevated begins"},
      {{.from = {0, 0.7, 0.8, 0.9, 0.9}},
       "cannot use memory.levels.emergency: 90 % is not above 90 %, where critical begins"},
      {{.from = {0, 0.7, 0.8, 0.9, 1.05}},
       "cannot use memory.levels.emergency: 105 % is not above 0 and at most 100 %"},
      {{.from = {0, 0, 0.8, 0.9, 0.95}}, "cannot use memory.levels.elevated: 0 % is not above 0 and at most 100 %"},
      {{.from = {0, -0.1, 0.8, 0.9, 0.95}},
       "cannot use memory.levels.elevated: -10 % is not above 0 and at most 100 %"},
      {{.from = {0, 0.7, kNan, 0.9, 0.95}}, "cannot use memory.levels.high: nan % is not above 0 and at most 100 %"},
      {{.hysteresis = 0.7},
       "cannot use memory.hysteresis: 70 % is not from 0 to below 70 %, where elevated begins; it would never end"},
      {{.hysteresis = -0.01},
       "cannot use memory.hysteresis: -1 % is not from 0 to below 70 %, where elevated begins; it would never end"},
      {{.hysteresis = kNan},
       "cannot use memory.hysteresis: nan % is not from 0 to below 70 %, where elevated begins; it would never end"},
      {{.dwell = seconds(-1)}, "cannot use memory.dwell: -1 s is not from 0 s to 3600 s"},
      {{.dwell = std::chrono::hours(2)}, "cannot use memory.dwell: 7200 s is not from 0 s to 3600 s"},
  };
  for (const auto& c : cases) {
    auto status = check(c.options);
    ASSERT_FALSE(status.has_value()) << c.message;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().message(), c.message);
  }
}

TEST(Level, has_the_names_of_the_configuration) {
  EXPECT_EQ(to_string(Level::kNormal), "normal");
  EXPECT_EQ(to_string(Level::kEmergency), "emergency");
  EXPECT_EQ(to_string(Signal::kStall), "stall");
}

}  // namespace
}  // namespace holter::memory
