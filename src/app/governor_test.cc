#include "app/governor.h"

#include "app/test_rig.h"

namespace holter::app {
namespace {

using memory::Level;
using model::Criticality;

struct GovernorTest : ::testing::Test {
  GovernorTest() {
    for (int i = 0; i < 200; ++i) {
      rig.add_loaded(rig.monitor(fmt::format("low {}", i), Criticality::kLow));
      rig.add_loaded(rig.monitor(fmt::format("normal {}", i), Criticality::kNormal));
    }
    rig.add_loaded(rig.monitor("critical", Criticality::kCritical));
    rig.fleet.flush();
    rig.run_shard();
    governor.look();
  }
  static Governor::Options options() {
    return {.budget = 1ULL << 40, .levels = {}, .actions = action_levels({}), .stretch = 3};
  }
  /// Looks for so long, as the timer would.
  void look_for(nanoseconds time) {
    for (nanoseconds passed{0}; passed < time; passed += Governor::kSample) {
      rig.clock.advance(Governor::kSample);
      governor.look();
      rig.run_shard();
    }
  }
  bool happened(std::string_view kind, std::string_view part) {
    auto all = rig.events.since(0, 1000);
    return std::ranges::any_of(
        all, [&](const api::Event& e) { return e.kind == kind && e.text.find(part) != std::string::npos; });
  }

  TestRig rig;
  int shrunk = 0;
  Governor governor{options(),
                    {rig.clock, rig.control.get_executor(), rig.ledger, rig.ledger.account("latest"), [] { return 0; },
                     rig.fleet, rig.shards, rig.events, [this](unsigned factor) { rig.latest.set_stretch(factor); },
                     [this] { ++shrunk; }, nullptr}};
};

TEST_F(GovernorTest, at_rest_nothing_is_done) {
  look_for(seconds(5));
  EXPECT_EQ(governor.level(), Level::kNormal);
  EXPECT_EQ(rig.fleet.paused(), 0U);
  EXPECT_EQ(shrunk, 0);
  for (std::size_t i = 0; i < kActions; ++i) EXPECT_FALSE(governor.active(static_cast<Action>(i)));
}

TEST_F(GovernorTest, elevated_flushes_early_and_shrinks) {
  rig.fill_to(0.71);
  look_for(Governor::kSample);
  EXPECT_EQ(governor.level(), Level::kElevated);
  EXPECT_TRUE(governor.active(Action::kFlush));
  EXPECT_FALSE(governor.active(Action::kStretch));
  look_for(seconds(6));
  EXPECT_GE(shrunk, 1);
  EXPECT_TRUE(happened("memory.level", "normal -> elevated"));
  EXPECT_TRUE(happened("memory.action", "flush begins"));
}

TEST_F(GovernorTest, high_stretches_low_ones_and_fires_an_alert) {
  rig.fill_to(0.82);
  look_for(Governor::kSample);
  EXPECT_EQ(governor.level(), Level::kHigh);
  EXPECT_EQ(rig.shards[0]->collector.counters().stretched, 200U);
  EXPECT_TRUE(governor.active(Action::kRefuseQueries));
  EXPECT_FALSE(governor.active(Action::kPause));
  EXPECT_TRUE(happened("memory.alert", "memory level high"));
  EXPECT_EQ(rig.fleet.paused(), 0U);
}

TEST_F(GovernorTest, critical_pauses_as_few_as_needed_and_they_come_back) {
  rig.fill_to(0.92);
  look_for(Governor::kSample);
  EXPECT_EQ(governor.level(), Level::kCritical);
  EXPECT_GT(rig.fleet.paused(), 0U);
  EXPECT_EQ(rig.status("critical").state, model::State::kUnknown) << "never paused";
  EXPECT_TRUE(happened("memory.pause", "paused"));

  rig.filler.reset();
  look_for(seconds(120));
  EXPECT_EQ(governor.level(), Level::kNormal);
  EXPECT_EQ(rig.fleet.paused(), 0U);
  EXPECT_EQ(rig.jobs(), 401U);
  EXPECT_TRUE(happened("memory.resume", "resumed"));
  EXPECT_TRUE(happened("memory.alert", "again"));
}

TEST_F(GovernorTest, emergency_refuses_work_and_all_but_critical_ones_are_paused_in_the_end) {
  rig.fill_to(0.999);
  look_for(seconds(10));
  EXPECT_EQ(governor.level(), Level::kEmergency);
  EXPECT_TRUE(governor.active(Action::kRefuseWork));
  EXPECT_EQ(rig.fleet.paused(), 400U);
  EXPECT_EQ(rig.fleet.loaded(), 1U);
  EXPECT_EQ(governor.bytes_left(), 0U);
}

TEST_F(GovernorTest, resumed_ones_that_do_not_fit_wait_longer_each_time) {
  std::vector<int> pauses;
  for (int round = 0; round < 3; ++round) {
    rig.fill_to(0.92);
    look_for(seconds(2));
    ASSERT_GT(rig.fleet.paused(), 0U);
    rig.filler.reset();
    int seconds_paused = 0;
    for (; rig.fleet.paused() > 0 && seconds_paused < 2000; ++seconds_paused) look_for(seconds(1));
    pauses.push_back(seconds_paused);
  }
  EXPECT_GT(pauses[2], pauses[0]) << "so that monitors do not flap";
}

TEST_F(GovernorTest, actions_can_be_configured_away) {
  auto none = options();
  none.actions.fill(memory::kLevels);
  governor.set_options(none);
  rig.fill_to(0.999);
  look_for(seconds(5));
  EXPECT_EQ(governor.level(), Level::kEmergency);
  EXPECT_EQ(rig.fleet.paused(), 0U);
  EXPECT_FALSE(governor.active(Action::kRefuseWork));
}

TEST_F(GovernorTest, report_tells_all_of_it) {
  rig.fill_to(0.92);
  look_for(seconds(2));
  api::MemoryReport report;
  governor.report(report);
  EXPECT_EQ(report.level, Level::kCritical);
  EXPECT_GT(report.signals.ledger, 0.8);
  ASSERT_FALSE(report.level_history.empty());
  EXPECT_EQ(report.actions.size(), kActions);
  auto pause = std::ranges::find(report.actions, "pause", &api::MemoryAction::name);
  ASSERT_NE(pause, report.actions.end());
  EXPECT_TRUE(pause->active);
  EXPECT_EQ(pause->times, 1U);
  EXPECT_NE(pause->effect.find("paused"), std::string::npos);
  EXPECT_GT(report.seconds_at[static_cast<std::size_t>(Level::kCritical)], 0.9);
  EXPECT_GT(report.resident, 0U);
}

}  // namespace
}  // namespace holter::app
