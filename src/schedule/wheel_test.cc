#include "schedule/wheel.h"

#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace holter::schedule {
namespace {

const MonoTime kStart{seconds(1000)};

std::size_t count(List& list) {
  std::size_t n = 0;
  while (list.pop_front() != nullptr) ++n;
  return n;
}

TEST(Wheel, fires_nothing_early_and_everything_within_a_tick) {
  // Random times over all levels; time moves in random steps, as a loaded machine would.
  std::mt19937_64 random(7);
  Wheel wheel(kStart);
  std::deque<Timer> timers(5000);
  std::deque<MonoTime> times;
  for (auto& timer : timers) {
    auto far = 1ULL << (random() % 44);  // up to 4.8 hours
    times.push_back(kStart + nanoseconds(random() % far));
    wheel.insert(timer, times.back());
  }
  MonoTime now = kStart;
  std::size_t fired = 0;
  while (fired < timers.size()) {
    auto next = wheel.next();
    ASSERT_TRUE(next.has_value());
    auto before = now;
    now = std::max(now, *next) + nanoseconds(random() % 3'000'000);
    List due;
    wheel.advance(now, due);
    while (Link* link = due.pop_front()) {
      auto index = static_cast<std::size_t>(
          std::find_if(timers.begin(), timers.end(), [&](Timer& t) { return &t == link; }) - timers.begin());
      EXPECT_LE(times[index], now);
      EXPECT_GE(times[index] + Wheel::kTick, before);  // else it should have fired in the step before
      ++fired;
    }
  }
  EXPECT_FALSE(wheel.next().has_value());
}

TEST(Wheel, hands_out_in_the_order_of_ticks) {
  Wheel wheel(kStart);
  std::deque<Timer> timers(300);
  for (std::size_t i = 0; i < timers.size(); ++i)
    wheel.insert(timers[i], kStart + milliseconds(1000 - 3 * static_cast<int>(i)));
  List due;
  wheel.advance(kStart + seconds(2), due);
  std::uint64_t last = 0;
  std::size_t n = 0;
  while (Link* link = due.pop_front()) {
    EXPECT_GE(static_cast<Timer*>(link)->tick, last);
    last = static_cast<Timer*>(link)->tick;
    ++n;
  }
  EXPECT_EQ(n, timers.size());
}

TEST(Wheel, keeps_a_timer_beyond_its_reach) {
  Wheel wheel(kStart);
  Timer timer;
  auto at = kStart + std::chrono::hours(24 * 60);  // the wheel reaches 52 days
  wheel.insert(timer, at);
  List due;
  wheel.advance(at - seconds(1), due);
  EXPECT_EQ(count(due), 0u);
  wheel.advance(at + milliseconds(2), due);
  EXPECT_EQ(count(due), 1u);
}

TEST(Wheel, forgets_a_removed_timer) {
  Wheel wheel(kStart);
  Timer stays;
  Timer goes;
  wheel.insert(stays, kStart + seconds(5));
  wheel.insert(goes, kStart + seconds(5));
  Wheel::remove(goes);
  List due;
  wheel.advance(kStart + seconds(6), due);
  EXPECT_EQ(due.front(), &stays);
  EXPECT_EQ(count(due), 1u);
}

TEST(Wheel, fires_a_time_that_has_passed_at_the_next_advance) {
  Wheel wheel(kStart);
  Timer timer;
  wheel.insert(timer, kStart - seconds(9));
  List due;
  wheel.advance(kStart + milliseconds(2), due);
  EXPECT_EQ(count(due), 1u);
}

}  // namespace
}  // namespace holter::schedule
