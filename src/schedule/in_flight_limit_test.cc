#include "schedule/in_flight_limit.h"

#include <random>

#include <gtest/gtest.h>

namespace holter::schedule {
namespace {

/// Lets windows pass in which `note` tells what happened.
template <class Note>
std::size_t pass(InFlightLimit& limit, MonoTime& now, int windows, Note note) {
  for (int i = 0; i < windows; ++i) {
    note();
    now += InFlightLimit::kWindow;
    limit.update(now);
  }
  return limit.limit();
}

TEST(InFlightLimit, falls_by_three_tenths_a_second_while_memory_is_refused_but_not_below_its_floor) {
  MonoTime now{};
  InFlightLimit limit(16, 512, now);
  EXPECT_EQ(limit.limit(), 512u);
  EXPECT_EQ(pass(limit, now, 1, [&] { limit.note_refusal(); }), 358u);
  EXPECT_EQ(pass(limit, now, 50, [&] { limit.note_refusal(); }), 16u);
}

TEST(InFlightLimit, rises_by_a_step_a_second_while_due_work_waits_for_places) {
  MonoTime now{};
  InFlightLimit limit(16, 512, now);
  pass(limit, now, 50, [&] { limit.note_refusal(); });
  EXPECT_EQ(pass(limit, now, 1, [&] { limit.note_full(milliseconds(60)); }), 32u);
  EXPECT_EQ(pass(limit, now, 10, [&] { limit.note_full(milliseconds(1)); }), 32u);  // nobody waits long
  EXPECT_EQ(pass(limit, now, 100, [&] { limit.note_full(seconds(1)); }), 512u);
}

TEST(InFlightLimit, falls_when_the_thread_comes_late_with_no_place_free) {
  MonoTime now{};
  InFlightLimit limit(16, 100, now);
  auto late = [&] { limit.note_delay(milliseconds(150)); };
  EXPECT_EQ(pass(limit, now, 1, late), 100u);  // there were places: fewer would not help
  EXPECT_EQ(pass(limit, now, 1,
                 [&] {
                   late();
                   limit.note_full(seconds(1));
                 }),
            70u);
}

TEST(InFlightLimit, keeps_to_the_share_that_pressure_leaves_and_comes_back_step_by_step) {
  MonoTime now{};
  InFlightLimit limit(16, 512, now);
  limit.set_share(0.5);
  EXPECT_EQ(limit.limit(), 256u);
  EXPECT_EQ(pass(limit, now, 5, [&] { limit.note_full(seconds(1)); }), 256u);
  limit.set_share(1);
  EXPECT_EQ(limit.limit(), 256u);
  EXPECT_EQ(pass(limit, now, 1, [&] { limit.note_full(seconds(1)); }), 272u);
  limit.set_share(0);
  EXPECT_EQ(limit.limit(), 16u);
}

TEST(InFlightLimit, stays_between_floor_and_ceiling_whatever_happens) {
  std::mt19937 random(3);
  for (auto [least, most] : {std::pair<std::size_t, std::size_t>{16, 512}, {1, 1}, {16, 4}, {5, 7}}) {
    MonoTime now{};
    InFlightLimit limit(least, most, now);
    for (int i = 0; i < 2000; ++i) {
      if (random() % 3 == 0) limit.note_refusal();
      if (random() % 2 == 0) limit.note_full(milliseconds(random() % 3000));
      if (random() % 2 == 0) limit.note_delay(milliseconds(random() % 300));
      if (random() % 50 == 0) limit.set_share(static_cast<double>(random() % 130) / 100);
      now += milliseconds(random() % 2000);
      limit.update(now);
      ASSERT_GE(limit.limit(), std::min(least, most));
      ASSERT_LE(limit.limit(), most);
    }
  }
}

}  // namespace
}  // namespace holter::schedule
