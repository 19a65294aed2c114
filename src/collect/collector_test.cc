#include "collect/collector.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "collect/fake_probe.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using Behaviour = FakeProbe::Behaviour;

/// A collector on this thread, with real time and short intervals.
class CollectorTest : public ::testing::Test {
 protected:
  struct SetSpec {
    std::string name;
    int priority = 0;
    Behaviour behaviour = Behaviour::kAnswers;
    seconds interval{0};
  };
  /// A monitor with such sets; returns its probes in the order of the sets.
  std::vector<FakeProbe*> add(std::vector<SetSpec> specs, milliseconds interval = milliseconds(50),
                              milliseconds timeout = milliseconds(200)) {
    auto definition = std::make_shared<model::Definition>();
    definition->app = "fake";
    for (const auto& spec : specs)
      definition->sets.push_back({.name = spec.name,
                                  .priority = spec.priority,
                                  .interval = spec.interval,
                                  .fields = {{.field = "value", .type = model::FieldType::kNumber}},
                                  .aliases = {"value"}});
    auto name = "monitor-" + std::to_string(monitors.size());
    monitors.push_back({.id = {stable_hash(name)},
                        .name = name,
                        .definition = definition,
                        .labels = std::make_shared<model::Labels>(),
                        .interval = interval});
    std::vector<SetPlan> plans;
    std::vector<FakeProbe*> probes;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      auto probe = std::make_unique<FakeProbe>(specs[i].behaviour, timeout);
      probes.push_back(probe.get());
      auto layout = Layout::make(definition->sets[i], {"value"}, {}, {}).value();
      plans.push_back({.probe = std::move(probe),
                       .layout = std::make_shared<const Layout>(std::move(layout)),
                       .def = &definition->sets[i]});
    }
    auto job = std::make_unique<MonitorJob>(
        monitors.back(),
        schedule::Job::Spec{.hash = monitors.back().id.value, .target = monitors.size(), .interval = interval},
        std::move(plans));
    EXPECT_TRUE(collector->add(std::move(job)).has_value());
    return probes;
  }
  void SetUp() override { open(8 << 20); }
  void open(std::size_t memory_bytes) {
    collector.reset();
    memory = std::make_unique<memory::Account>("collect", nullptr, memory_bytes);
    collector = std::make_unique<Collector>(Collector::Options{.flush_interval = milliseconds(20)}, services, *memory,
                                            pool, [this](std::shared_ptr<const batch::Batch> batch) { keep(*batch); });
  }
  void keep(const batch::Batch& batch) {
    for (std::size_t i = 0; i < batch.rounds(); ++i)
      results[std::string(batch.round_set(i))].emplace_back(static_cast<ResultCode>(batch.round_code()[i]),
                                                            batch.round_message(i));
    samples += batch.samples();
    series += batch.series();
  }
  void run(milliseconds time) { context.run_for(time); }
  void TearDown() override {
    bool closed = false;
    boost::asio::co_spawn(context, collector->close(), [&](std::exception_ptr) { closed = true; });
    context.restart();
    context.run_for(seconds(2));
    EXPECT_TRUE(closed);
    const auto& c = collector->counters();
    EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
    collector.reset();
    context.restart();
    context.poll();
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
  Services services{context.get_executor(), clock, scope, account, resolver, http, icmp, objects};
  std::deque<model::Monitor> monitors;
  std::unique_ptr<memory::Account> memory;
  std::unique_ptr<Collector> collector;
  std::map<std::string, std::vector<std::pair<ResultCode, std::string>>> results;
  std::size_t samples = 0, series = 0;
};

TEST_F(CollectorTest, runs_a_monitor_again_and_again_and_records_each_round) {
  auto probes = add({{"summary"}});
  collector->start();
  run(milliseconds(600));
  EXPECT_GE(results["summary"].size(), 8u);
  EXPECT_LE(results["summary"].size(), 13u);
  EXPECT_EQ(samples, results["summary"].size());
  EXPECT_EQ(series, 1u);  // its identity goes out once
  EXPECT_EQ(results["summary"][0].first, ResultCode::kSuccess);
}

TEST_F(CollectorTest, runs_levels_in_order_and_ends_the_round_when_a_deciding_set_fails) {
  auto good = add({{"a", 0}, {"b", 1}, {"c", 2}});
  auto bad = add({{"x", 0, Behaviour::kFails}, {"y", 1}});
  auto later = add({{"p", 0}, {"q", 1, Behaviour::kFails}, {"r", 2}});
  collector->start();
  run(milliseconds(300));
  EXPECT_EQ(good[0]->started, good[2]->started);
  EXPECT_GT(good[2]->started, 2);
  EXPECT_GT(bad[0]->started, 2);
  EXPECT_EQ(bad[1]->started, 0);
  EXPECT_GT(later[2]->started, 2);  // a failed set of a later level stops nothing
}

TEST_F(CollectorTest, ends_the_round_when_any_of_several_deciding_sets_fails) {
  auto probes = add({{"first", 0, Behaviour::kFails}, {"second", 0}, {"next", 1}});
  collector->start();
  run(milliseconds(300));
  EXPECT_GT(probes[1]->started, 2);
  EXPECT_EQ(probes[2]->started, 0);
}

TEST_F(CollectorTest, ends_an_attempt_that_waits_too_long_with_its_own_words) {
  auto probes = add({{"slow", 0, Behaviour::kWaits}}, milliseconds(50), milliseconds(60));
  collector->start();
  run(milliseconds(600));
  ASSERT_GE(results["slow"].size(), 3u);
  EXPECT_EQ(results["slow"][0], std::pair(ResultCode::kUnreachable, std::string("as the test said")));
  EXPECT_GT(collector->counters().skipped.load(), 2u);
}

TEST_F(CollectorTest, gives_up_a_hung_probe_with_a_timeout_and_goes_on) {
  // The next round is far away when the first has timed out: what the probe says then comes too late for sure.
  auto probes = add({{"hung", 0, Behaviour::kHangs}, {"never", 1}}, milliseconds(1000), milliseconds(60));
  collector->start();
  for (int i = 0; i < 400 && results["hung"].empty(); ++i) run(milliseconds(5));
  ASSERT_EQ(results["hung"].size(), 1u);
  EXPECT_EQ(results["hung"][0], std::pair(ResultCode::kTimeout, std::string("no answer from fake within 60ms")));
  probes[0]->end(ResultCode::kSuccess);
  run(milliseconds(50));
  EXPECT_EQ(results["hung"].size(), 1u);
  for (int i = 0; i < 400 && results["hung"].size() < 2; ++i) run(milliseconds(5));
  ASSERT_EQ(results["hung"].size(), 2u);
  EXPECT_EQ(results["hung"][1].first, ResultCode::kTimeout);
  EXPECT_EQ(probes[0]->started, 2);
  EXPECT_EQ(probes[1]->started, 0);
}

TEST_F(CollectorTest, times_out_only_what_hangs_in_a_level_of_several_sets) {
  auto probes = add({{"hung", 1, Behaviour::kHangs}, {"good", 1}, {"decides", 0}, {"last", 2}}, milliseconds(100),
                    milliseconds(50));
  collector->start();
  run(milliseconds(500));
  EXPECT_EQ(results["hung"][0].first, ResultCode::kTimeout);
  EXPECT_EQ(results["good"][0].first, ResultCode::kSuccess);
  EXPECT_GT(probes[3]->started, 1);  // the level after the hung one still runs
}

TEST_F(CollectorTest, asks_a_set_with_its_own_interval_less_often) {
  auto probes = add({{"often", 0}, {"seldom", 1, Behaviour::kAnswers, seconds(1)}}, milliseconds(50));
  collector->start();
  run(milliseconds(900));
  EXPECT_GE(probes[0]->started, 12);
  EXPECT_EQ(probes[1]->started, 1);
}

TEST_F(CollectorTest, skips_and_counts_rounds_for_which_there_is_no_memory) {
  open(1 << 10);  // less than one attempt needs
  auto probes = add({{"summary"}});
  collector->start();
  run(milliseconds(300));
  EXPECT_EQ(probes[0]->started, 0);
  EXPECT_GE(collector->counters().skipped.load(), 4u);
  EXPECT_EQ(collector->counters().run.load(), 0u);
  EXPECT_TRUE(results.empty());  // our own want of memory is never a DOWN of the target
}

TEST_F(CollectorTest, stops_no_monitor_for_good_whatever_targets_do) {
  std::mt19937 random(5);
  std::vector<FakeProbe*> probes;
  for (int i = 0; i < 40; ++i) {
    auto made = add({{"a", 0}, {"b", 1}}, milliseconds(20 + random() % 40), milliseconds(5 + random() % 60));
    probes.insert(probes.end(), made.begin(), made.end());
  }
  collector->start();
  for (int step = 0; step < 150; ++step) {
    for (auto* probe : probes)
      if (random() % 8 == 0) probe->behaviour = static_cast<Behaviour>(random() % 4);
    run(milliseconds(5));
    for (auto* probe : probes)
      if (random() % 5 == 0) probe->end(random() % 2 == 0 ? ResultCode::kSuccess : ResultCode::kFail);
  }
  std::vector<int> before;
  for (auto* probe : probes) {
    probe->end(ResultCode::kFail);
    probe->behaviour = Behaviour::kAnswers;
  }
  for (std::size_t i = 0; i < probes.size(); i += 2) before.push_back(probes[i]->started);
  run(milliseconds(500));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_GT(probes[2 * i]->started, before[i]) << "monitor " << i;
}

TEST_F(CollectorTest, closes_with_rounds_in_flight) {
  add({{"waits", 0, Behaviour::kWaits}}, milliseconds(20), milliseconds(60'000));
  add({{"answers"}}, milliseconds(20));
  collector->start();
  run(milliseconds(100));
  EXPECT_EQ(collector->counters().in_flight.load(), 1u);
}  // TearDown closes and checks

}  // namespace
}  // namespace holter::collect
