#include "app/fleet.h"

#include "app/test_rig.h"

namespace holter::app {
namespace {

using model::Criticality;

TEST(Fleet, a_loaded_monitor_runs_on_its_shard_and_a_removed_one_does_not) {
  TestRig rig;
  auto slot = rig.add_loaded(rig.monitor("a"));
  rig.fleet.flush();
  rig.run_shard();
  EXPECT_EQ(rig.jobs(), 1U);
  EXPECT_EQ(rig.fleet.loaded(), 1U);
  EXPECT_GT(rig.ledger.account("collect/jobs").held(), 0U);

  rig.fleet.remove(slot);
  rig.fleet.flush();
  EXPECT_EQ(rig.fleet.monitors().size(), 0U) << "gone for everybody at once";
  rig.run_shard();
  EXPECT_EQ(rig.jobs(), 0U);
  EXPECT_GT(rig.ledger.account("collect/jobs").held(), 0U) << "the bytes are ours until settle()";
  rig.fleet.settle();
  EXPECT_EQ(rig.ledger.account("collect/jobs").held(), 0U);
  EXPECT_EQ(rig.ledger.account("monitors").held(), 0U);
  EXPECT_FALSE(rig.latest.status({stable_hash("a")}));
}

TEST(Fleet, a_monitor_paused_for_memory_has_no_job_and_says_why) {
  TestRig rig;
  auto slot = rig.add_loaded(rig.monitor("a"));
  rig.fleet.unload(slot, {92, 71, 0});
  rig.fleet.flush();
  rig.run_shard();
  rig.fleet.settle();
  EXPECT_EQ(rig.jobs(), 0U);
  EXPECT_EQ(rig.fleet.paused(), 1U);
  EXPECT_GT(rig.fleet.paused_bytes(), 0U);
  EXPECT_EQ(rig.status("a").state, model::State::kPaused);
  EXPECT_EQ(why_paused(rig.fleet.monitors().at(slot)),
            "paused: memory was short (ledger 92 %, resident 71 %, stall 0 %)");
  EXPECT_EQ(rig.ledger.account("collect/jobs").held(), 0U);

  ASSERT_TRUE(rig.fleet.load(slot));
  rig.fleet.flush();
  rig.run_shard();
  EXPECT_EQ(rig.jobs(), 1U);
  EXPECT_EQ(rig.fleet.paused(), 0U);
  EXPECT_EQ(rig.fleet.paused_bytes(), 0U);
  EXPECT_EQ(rig.status("a").state, model::State::kUnknown) << "not UP before it has been asked again";
}

TEST(Fleet, paused_and_resumed_before_the_shard_came_round_it_runs_once) {
  TestRig rig;
  auto slot = rig.add_loaded(rig.monitor("a"));
  rig.fleet.unload(slot, {92, 71, 0});
  ASSERT_TRUE(rig.fleet.load(slot));
  rig.fleet.flush();
  for (int i = 0; i < 4; ++i) {
    rig.run_shard();
    rig.fleet.settle();
  }
  EXPECT_EQ(rig.jobs(), 1U);
  EXPECT_EQ(rig.fleet.in_transit(), 0U);
}

TEST(Fleet, pauses_low_ones_before_normal_ones_and_never_critical_ones) {
  TestRig rig;
  for (int i = 0; i < 10; ++i) {
    rig.add_loaded(rig.monitor(fmt::format("critical {}", i), Criticality::kCritical));
    rig.add_loaded(rig.monitor(fmt::format("normal {}", i), Criticality::kNormal));
    rig.add_loaded(rig.monitor(fmt::format("low {}", i), Criticality::kLow));
  }
  auto each = rig.fleet.monitors().at(0).job_bytes;
  auto done = rig.fleet.pause_largest(each * 5, 1000, {92, 71, 0});
  EXPECT_EQ(done.monitors, 5U) << "as few as needed";
  auto count = [&](const char* kind) {
    int paused = 0;
    for (int i = 0; i < 10; ++i)
      paused += rig.status(fmt::format("{} {}", kind, i)).state == model::State::kPaused ? 1 : 0;
    return paused;
  };
  EXPECT_EQ(count("low"), 5);
  EXPECT_EQ(count("normal"), 0);
  done = rig.fleet.pause_largest(1 << 30, 1000, {92, 71, 0});
  EXPECT_EQ(done.monitors, 15U);
  EXPECT_EQ(count("critical"), 0);
  EXPECT_EQ(count("normal"), 10);

  done = rig.fleet.resume_smallest(each * 10, 1000);
  EXPECT_EQ(done.monitors, 10U);
  EXPECT_EQ(count("normal"), 0) << "normal ones come back before low ones";
  EXPECT_EQ(count("low"), 10);
}

TEST(Fleet, pauses_the_largest_first_and_resumes_the_smallest_first) {
  TestRig rig;
  rig.add_loaded(rig.monitor("small ping"));
  auto large = rig.add_loaded(rig.monitor("large website", Criticality::kNormal, "website"));
  rig.add_loaded(rig.monitor("another ping"));
  ASSERT_GT(rig.fleet.monitors().at(large).job_bytes, rig.fleet.monitors().at(0).job_bytes * 5 / 4);
  auto done = rig.fleet.pause_largest(1, 1, {92, 71, 0});
  EXPECT_EQ(done.monitors, 1U);
  EXPECT_EQ(rig.status("large website").state, model::State::kPaused);
  rig.fleet.pause_largest(1 << 30, 1000, {92, 71, 0});
  done = rig.fleet.resume_smallest(1 << 30, 2);
  EXPECT_EQ(done.monitors, 2U);
  EXPECT_EQ(rig.status("large website").state, model::State::kPaused);
}

TEST(Fleet, critical_ones_are_loaded_from_the_reserve_when_nothing_else_is_left) {
  TestRig rig;
  rig.ledger.account("collect/jobs").set_limit(1);
  auto normal = rig.fleet.add(rig.monitor("normal"));
  auto critical = rig.fleet.add(rig.monitor("critical", Criticality::kCritical));
  ASSERT_TRUE(normal && critical);
  auto refused = rig.fleet.load(*normal);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(rig.fleet.paused(), 2U) << "the refusal has changed nothing";
  EXPECT_TRUE(rig.fleet.load(*critical));
  EXPECT_GT(rig.ledger.account("critical/jobs").held(), 0U);
  rig.fleet.remove(*critical);
  rig.fleet.flush();
  rig.run_shard();
  rig.fleet.settle();
  EXPECT_EQ(rig.ledger.account("critical/jobs").held(), 0U);
}

TEST(Fleet, creating_and_deleting_for_ever_stays_flat) {
  TestRig rig;
  for (int i = 0; i < 2000; ++i) {
    auto slot = rig.add_loaded(rig.monitor(fmt::format("monitor {}", i)));
    rig.fleet.remove(slot);
    if (i % 50 != 49) continue;
    rig.fleet.flush();
    rig.run_shard();
    rig.fleet.settle();
  }
  EXPECT_LE(rig.fleet.monitors().slots(), 100U);
  EXPECT_EQ(rig.jobs(), 0U);
  EXPECT_EQ(rig.fleet.in_transit(), 0U);
}

TEST(Fleet, a_monitor_that_the_protocol_refuses_is_told_and_not_loaded) {
  TestRig rig;
  auto bad = rig.monitor("bad", Criticality::kNormal, "port");
  bad.params.clear();  // neither host nor port
  EXPECT_FALSE(rig.fleet.try_out(bad));
  EXPECT_TRUE(rig.fleet.try_out(rig.monitor("good")));
}

}  // namespace
}  // namespace holter::app
