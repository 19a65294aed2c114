#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "collect/collector.h"
#include "collect/fake_probe.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "testing/run_task.h"

namespace holter::collect {
namespace {

namespace testing = holter::testing;
using Behaviour = FakeProbe::Behaviour;
using model::Criticality;
using model::ResultCode;

/// Monitors that come and go, and pressure, while a collector runs on this thread.
class CollectorChangeTest : public ::testing::Test {
 protected:
  struct Made {
    MonitorJob* job;
    FakeProbe* probe;
  };
  Made add(Behaviour behaviour, Criticality criticality = Criticality::kNormal,
           milliseconds interval = milliseconds(20), milliseconds timeout = milliseconds(10'000)) {
    auto name = "monitor-" + std::to_string(next_++);
    auto monitor = std::make_unique<model::Monitor>(model::Monitor{.id = {stable_hash(name)},
                                                                   .name = name,
                                                                   .definition = definition,
                                                                   .interval = interval,
                                                                   .criticality = criticality});
    auto probe = std::make_unique<FakeProbe>(behaviour, timeout);
    auto* raw = probe.get();
    auto layout = Layout::make(definition->sets[0], {"value"}, {}, {}).value();
    std::vector<SetPlan> plans;
    plans.push_back({.probe = std::move(probe),
                     .layout = std::make_shared<const Layout>(std::move(layout)),
                     .def = &definition->sets[0]});
    auto job = std::make_unique<MonitorJob>(
        *monitor,
        schedule::Job::Spec{
            .hash = monitor->id.value, .target = monitor->id.value, .interval = interval, .criticality = criticality},
        std::move(plans));
    auto* made = job.get();
    EXPECT_TRUE(collector->add(std::move(job)).has_value());
    monitors[made] = std::move(monitor);
    return {made, raw};
  }
  void remove(const Made& made) {
    collector->remove(*made.job);
    monitors.erase(made.job);  // nobody may use it any more
  }
  void open(std::size_t common, std::size_t reserve) {
    memory = std::make_unique<memory::Account>("collect", nullptr, common);
    critical = std::make_unique<memory::Account>("critical", nullptr, reserve);
    Services services{context.get_executor(), clock, scope, *memory, resolver, http, icmp, objects, critical.get()};
    collector = std::make_unique<Collector>(Collector::Options{.flush_interval = milliseconds(20)}, services, *memory,
                                            pool, [this](std::shared_ptr<const batch::Batch> batch) {
                                              for (std::size_t i = 0; i < batch->rounds(); ++i)
                                                ++results[batch->round_monitor()[i]];
                                            });
    collector->start();
  }
  void SetUp() override {
    auto made = std::make_shared<model::Definition>();
    made->app = "fake";
    made->sets.push_back(
        {.name = "summary", .fields = {{.field = "value", .type = model::FieldType::kNumber}}, .aliases = {"value"}});
    definition = made;
  }
  template <class Done>
  void until(Done done) {
    EXPECT_TRUE(testing::run_until(context, done));
  }
  void TearDown() override {
    bool closed = false;
    boost::asio::co_spawn(context, collector->close(), [&](std::exception_ptr) { closed = true; });
    until([&] { return closed; });
    const auto& c = collector->counters();
    EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
    collector.reset();
    context.restart();
    context.poll();
    EXPECT_EQ(critical->used(), 0u);
  }

  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"process", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
  runtime::TaskScope scope{context.get_executor()};
  net::Resolver resolver{{}, context.get_executor(), clock, account};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, account};
  net::IcmpEngine icmp{{.max_in_flight = 16}, context.get_executor(), clock, account};
  ShardObjects objects;
  std::shared_ptr<const model::Definition> definition;
  std::map<const MonitorJob*, std::unique_ptr<model::Monitor>> monitors;
  std::unique_ptr<memory::Account> memory, critical;
  std::unique_ptr<Collector> collector;
  std::map<std::uint64_t, std::size_t> results;
  int next_ = 0;
};

TEST_F(CollectorChangeTest, ends_a_round_in_flight_without_a_result_when_its_monitor_is_removed) {
  open(8 << 20, 1 << 20);
  auto waits = add(Behaviour::kWaits);
  auto answers = add(Behaviour::kAnswers);
  until([&] { return waits.probe->started > 0 && answers.probe->started > 2; });
  auto id = waits.job->monitor().id.value;
  remove(waits);
  EXPECT_EQ(collector->jobs().size(), 1u);
  auto seen = answers.probe->started;
  until([&] { return answers.probe->started > seen + 3; });
  EXPECT_EQ(results[id], 0u);
  EXPECT_EQ(collector->counters().jobs.load(), 1u);
}

TEST_F(CollectorChangeTest, keeps_what_a_hung_attempt_needs_until_it_lets_go_and_no_longer) {
  open(8 << 20, 1 << 20);
  auto hangs = add(Behaviour::kHangs);
  until([&] { return hangs.probe->started > 0; });
  remove(hangs);
  EXPECT_TRUE(collector->jobs().empty());
  hangs.probe->end(ResultCode::kSuccess);  // would be a use after free if it were gone
  auto& rounds = memory->child("rounds");
  EXPECT_EQ(rounds.used(), SetAttempt::kBytes);
  collector->shrink();
  EXPECT_EQ(rounds.used(), 0u);
  context.restart();
  context.run_for(milliseconds(30));
  EXPECT_TRUE(results.empty());
}

TEST_F(CollectorChangeTest, memory_is_flat_while_monitors_come_and_go) {
  open(8 << 20, 1 << 20);
  auto flat = std::size_t{0};
  for (int i = 0; i < 3000; ++i) {
    auto made = add(i % 3 == 0 ? Behaviour::kWaits : Behaviour::kAnswers, Criticality::kNormal, milliseconds(1));
    if (i % 10 == 0) {
      until([&] { return made.probe->started > 0; });
    }
    remove(made);
    if (i == 100) flat = memory->used();
  }
  EXPECT_LE(memory->used(), flat);
  EXPECT_TRUE(collector->jobs().empty());
}

TEST_F(CollectorChangeTest, runs_critical_monitors_from_the_reserve_when_the_account_is_full) {
  open(32 << 10, 64 << 10);  // a dozen attempts at the most
  std::vector<Made> greedy;
  for (int i = 0; i < 40; ++i) greedy.push_back(add(Behaviour::kWaits));
  until([&] { return collector->counters().refused.load() > 40; });
  auto important = add(Behaviour::kAnswers, Criticality::kCritical);
  until([&] { return important.probe->started > 5; });
  EXPECT_GT(critical->used(), 0u);
  EXPECT_GT(results[important.job->monitor().id.value], 3u);
  collector->shrink();  // what is idle goes back
  until([&] { return critical->used() <= SetAttempt::kBytes; });
}

TEST_F(CollectorChangeTest, tells_what_a_monitor_holds_at_rest_and_in_flight) {
  open(8 << 20, 1 << 20);
  auto made = add(Behaviour::kAnswers);
  EXPECT_GT(made.job->bytes(), sizeof(MonitorJob) + sizeof(FakeProbe));
  EXPECT_EQ(made.job->round_bytes(), 0u);
  until([&] { return made.probe->started > 2; });
  EXPECT_EQ(made.job->round_bytes(), SetAttempt::kBytes);
}

TEST_F(CollectorChangeTest, obeys_the_governor_and_returns_to_its_ways) {
  open(8 << 20, 1 << 20);
  auto low = add(Behaviour::kAnswers, Criticality::kLow, milliseconds(40));
  until([&] { return low.probe->started > 2; });
  collector->apply({.flush_early = true, .stretch_low = 1000, .in_flight_share = 0.5});
  EXPECT_EQ(collector->scheduler().in_flight_limit(), 256u);
  EXPECT_EQ(collector->counters().stretched.load(), 1u);
  until([&] { return low.job->next_due() > clock.mono() + milliseconds(60); });  // its next due time is far away
  collector->apply({});
  EXPECT_LE(low.job->next_due(), clock.mono() + milliseconds(40));
  auto seen = low.probe->started;
  until([&] { return low.probe->started > seen + 2; });
}

TEST_F(CollectorChangeTest, a_heartbeat_makes_up_for_a_timer_that_was_lost) {
  open(8 << 20, 1 << 20);
  auto made = add(Behaviour::kAnswers, Criticality::kNormal, milliseconds(300));
  until([&] { return made.probe->started > 0; });
  for (int i = 0; i < 20; ++i) collector->heartbeat();  // does no harm without a loss
  auto seen = made.probe->started;
  until([&] { return made.probe->started > seen; });
}

}  // namespace
}  // namespace holter::collect
