#include "app/state_events.h"

#include <gmock/gmock.h>

#include "app/test_rig.h"
#include "batch/builder.h"

namespace holter::app {
namespace {

using ::testing::HasSubstr;

class StateEventsTest : public ::testing::Test {
 protected:
  StateEventsTest() {
    rig.latest.on_change([this](const latest::StateChange& change) { events.note(change, rig.latest); });
  }
  void round(const std::string& name, bool good) {
    builder.add_round({stable_hash(name)}, "summary", epoch_ms(rig.clock.wall()), 250,
                      good ? model::ResultCode::kSuccess : model::ResultCode::kTimeout, good ? "" : "no echo reply");
    rig.latest.apply(*builder.finish().value());
  }
  std::vector<api::Event> told() {
    events.tell(rig.events);
    auto all = rig.events.since(after, 500);
    if (!all.empty()) after = all.back().id;
    return all;
  }
  TestRig rig;
  batch::Builder builder{rig.batches, 1000};
  StateEvents events;
  std::uint64_t after = 0;
};

TEST_F(StateEventsTest, tell_who_changed_and_why) {
  auto router = rig.add_loaded(rig.monitor("router", model::Criticality::kCritical));
  auto web = rig.add_loaded(rig.monitor("web"));
  MonitorId above[] = {rig.fleet.monitors().at(router).monitor.id};
  ASSERT_TRUE(rig.fleet.place(web, {}, above));
  round("router", true);
  round("web", true);
  EXPECT_TRUE(told().empty());  // UP after UNKNOWN is no news
  round("web", false);
  round("router", false);
  auto all = told();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, "monitor.state");
  EXPECT_EQ(all[0].text, "'web' is DOWN (was UP): no echo reply");
  EXPECT_EQ(all[0].severity, "warning");
  EXPECT_EQ(all[1].text, "'router' is DOWN (was UP): no echo reply");
  EXPECT_EQ(all[1].severity, "critical");
  EXPECT_EQ(all[2].text, "'web' is UNREACHABLE (was DOWN): parent 'router' is down");
  EXPECT_EQ(all[2].severity, "info");
  round("web", true);
  all = told();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].text, "'web' is UP (was UNREACHABLE)");
  EXPECT_TRUE(told().empty());
}

TEST_F(StateEventsTest, many_at_once_are_counted) {
  auto router = rig.add_loaded(rig.monitor("router"));
  MonitorId above[] = {rig.fleet.monitors().at(router).monitor.id};
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(rig.fleet.place(rig.add_loaded(rig.monitor(fmt::format("m{}", i))), {}, above));
  for (int i = 0; i < 40; ++i) round(fmt::format("m{}", i), false);
  EXPECT_EQ(told().size(), StateEvents::kMost + 1);
  round("router", false);
  auto all = told();
  ASSERT_EQ(all.size(), StateEvents::kMost + 1);
  EXPECT_THAT(all.back().text, HasSubstr("0 more DOWN, 31 more UNREACHABLE, 0 more UP again"));
}

}  // namespace
}  // namespace holter::app
