#include "notify/escalation.h"

#include <gmock/gmock.h>

namespace holter::notify {
namespace {

using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::sys_days;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr WallTime kBegan{seconds(1'700'000'000)};

TEST(Escalation, steps_are_due_one_after_the_other) {
  auto plan = Escalation::make({{0min, {"on-call"}}, {15min, {"second"}}, {60min, {"boss", "phone"}}}).value();
  EXPECT_EQ(plan.due(kBegan, kBegan - 1s), 0);
  EXPECT_EQ(plan.due(kBegan, kBegan), 1);
  EXPECT_EQ(plan.due(kBegan, kBegan + 15min - 1ms), 1);
  EXPECT_EQ(plan.due(kBegan, kBegan + 15min), 2);
  EXPECT_EQ(plan.due(kBegan, kBegan + 24h), 3);
  EXPECT_EQ(plan.next(kBegan, 0), kBegan);
  EXPECT_EQ(plan.next(kBegan, 2), kBegan + 60min);
  EXPECT_EQ(plan.next(kBegan, 3), std::nullopt);
}

TEST(Escalation, refuses_what_makes_no_sense) {
  auto refused = [](std::vector<EscalationStep> steps) { return Escalation::make(std::move(steps)).error().message(); };
  EXPECT_THAT(refused({}), HasSubstr("it has no step"));
  EXPECT_THAT(refused({{0min, {}}}), HasSubstr("step 1 has 0 receivers"));
  EXPECT_THAT(refused({{0min, std::vector<std::string>(21, "x")}}), HasSubstr("step 1 has 21 receivers"));
  EXPECT_THAT(refused({{5min, {"a"}}, {5min, {"b"}}}), HasSubstr("step 2 is not later"));
  EXPECT_THAT(refused({{-1min, {"a"}}}), HasSubstr("step 1 is not later"));
  std::vector<EscalationStep> many;
  for (int i = 0; i < 11; ++i) many.push_back({minutes(i), {"a"}});
  EXPECT_THAT(refused(many), HasSubstr("it has 11 steps; 10 is the most"));
}

Rotation berlin(std::vector<std::string> people = {"ann", "bob", "cem"}) {
  // 2026-03-23 is a Monday.
  return Rotation::make({.receivers = std::move(people),
                         .day = std::chrono::Monday,
                         .time = 9h,
                         .zone = "Europe/Berlin",
                         .first_week = local_days(2026y / 3 / 23)})
      .value();
}

TEST(Rotation, hands_over_at_the_local_time) {
  auto rota = berlin();
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 23) + 8h), "ann");  // 09:00 in winter
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 23) + 8h - 1ms), "cem") << "the week before";
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 30) + 7h - 1ms), "ann");
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 30) + 7h), "bob") << "09:00 in summer";
  EXPECT_EQ(rota.on_call(sys_days(2026y / 4 / 6) + 7h), "cem");
  EXPECT_EQ(rota.on_call(sys_days(2026y / 4 / 13) + 7h), "ann");
}

TEST(Rotation, goes_back_without_end) {
  auto rota = berlin();
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 9) + 8h), "bob");
  EXPECT_EQ(rota.on_call(sys_days(2026y / 3 / 2) + 8h), "ann");
  EXPECT_EQ(rota.on_call(sys_days(2000y / 1 / 3) + 8h), rota.on_call(sys_days(2000y / 1 / 24) + 8h));
}

TEST(Rotation, each_hand_over_is_the_first_moment_of_the_next_one) {
  auto rota = berlin();
  WallTime time = sys_days(2026y / 1 / 1);
  for (int i = 0; i < 60; ++i) {
    auto next = rota.next_handover(time);
    ASSERT_GT(next, time);
    EXPECT_NE(rota.on_call(next - 1ms), rota.on_call(next));
    EXPECT_EQ(rota.on_call(next - 1ms), rota.on_call(time));
    time = next;
  }
  EXPECT_EQ(rota.next_handover(sys_days(2026y / 3 / 29)), sys_days(2026y / 3 / 30) + 7h);
  EXPECT_EQ(rota.next_handover(sys_days(2026y / 3 / 30) + 7h), sys_days(2026y / 4 / 6) + 7h);
}

TEST(Rotation, a_hand_over_within_an_hour_that_comes_twice_or_never_happens_once) {
  // Clocks change on Sundays: 2026-03-29 has no 02:30, 2026-10-25 has it twice.
  auto rota = Rotation::make({.receivers = {"ann", "bob"},
                              .day = std::chrono::Sunday,
                              .time = 2h + 30min,
                              .zone = "Europe/Berlin",
                              .first_week = local_days(2026y / 3 / 1)})
                  .value();
  for (auto around : {sys_days(2026y / 3 / 29), sys_days(2026y / 10 / 25)}) {
    int changes = 0;
    for (WallTime t = around - 12h; t < around + 12h; t += 5min) {
      bool change = rota.on_call(t) != rota.on_call(t + 5min);
      changes += change ? 1 : 0;
      if (change) EXPECT_EQ(rota.next_handover(t), t + 5min);
    }
    EXPECT_EQ(changes, 1);
  }
}

TEST(Rotation, refuses_what_makes_no_sense) {
  EXPECT_THAT(Rotation::make({}).error().message(), HasSubstr("it has 0 receivers"));
  EXPECT_THAT(Rotation::make({.receivers = {"a"}, .time = 24h, .zone = {}}).error().message(),
              HasSubstr("its hand-over is not"));
  EXPECT_EQ(Rotation::make({.receivers = {"a"}, .zone = "Mars/Olympus"}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(berlin({"solo"}).on_call(kBegan), "solo");
}

}  // namespace
}  // namespace holter::notify
