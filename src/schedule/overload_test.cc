#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "schedule/scheduler.h"
#include "testing/fake_clock.h"

namespace holter::schedule {
namespace {

namespace testing = holter::testing;
using model::Criticality;

/// A scheduler whose rounds take as long as the test says, driven by a fake clock.
class OverloadTest : public ::testing::Test, public Runner {
 protected:
  MonoTime next_exact(const Job&, MonoTime after) override { return after + seconds(1); }
  std::optional<nanoseconds> start(Job& job) override {
    if (refuse) return std::nullopt;
    auto& seen = runs[&job];
    ++seen.count;
    seen.worst = std::max(seen.worst, clock.mono() - job.due());
    weight += job.spec().weight;
    most_weight = std::max(most_weight, weight);
    last_starts.push_back(clock.mono());
    return round_takes;
  }
  void expire(Job& job) override {
    weight -= job.spec().weight;
    scheduler->finished(job, clock.mono());
  }
  void open(Options options) { scheduler = std::make_unique<Scheduler>(options, *this, account, clock.mono()); }
  void add(std::size_t count, Job::Spec spec) {
    for (std::size_t i = 0; i < count; ++i) {
      spec.hash = mix64(jobs.size() + 1);
      spec.target = mix64(jobs.size() + 77);
      scheduler->add(jobs.emplace_back(spec), clock.mono(), clock.wall());
    }
  }
  void pass(nanoseconds time) {
    auto end = clock.mono() + time;
    while (true) {
      auto next = scheduler->next();
      if (scheduler->can_start()) next = clock.mono();
      if (!next || *next > end) break;
      clock.advance(std::max(nanoseconds(0), *next - clock.mono()));
      scheduler->advance(clock.mono());
      const auto& c = scheduler->counters();
      most_waiting = std::max(most_waiting, c.waiting.load());
    }
    clock.advance(end - clock.mono());
    scheduler->advance(clock.mono());
    const auto& c = scheduler->counters();
    EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
  }
  nanoseconds worst(Criticality criticality) {
    nanoseconds worst{};
    for (auto& [job, seen] : runs)
      if (job->spec().criticality == criticality) worst = std::max(worst, seen.worst);
    return worst;
  }
  void TearDown() override {
    for (auto& job : jobs) {
      if (job.phase() == Job::Phase::kInFlight) scheduler->finished(job, clock.mono());
      scheduler->remove(job);
    }
    EXPECT_EQ(scheduler->counters().waiting.load() + scheduler->counters().waiting_in_wheel.load(), 0u);
    scheduler.reset();
  }

  struct Seen {
    std::size_t count = 0;
    nanoseconds worst{};
  };
  testing::FakeClock clock;
  memory::Account account{"process", nullptr, 64 << 20};
  std::deque<Job> jobs;
  std::unique_ptr<Scheduler> scheduler;
  std::map<const Job*, Seen> runs;
  std::vector<MonoTime> last_starts;
  nanoseconds round_takes = seconds(1);
  std::size_t weight = 0, most_weight = 0, most_waiting = 0;
  bool refuse = false;
};

TEST_F(OverloadTest, keeps_critical_jobs_on_time_and_starves_nobody_under_ten_times_the_load) {
  open({.max_in_flight = 32, .queue_capacity = 50});
  add(8, {.interval = seconds(10), .criticality = Criticality::kCritical});
  add(3000, {.interval = seconds(10), .criticality = Criticality::kNormal});  // 300 a second, 32 possible
  add(200, {.interval = seconds(10), .criticality = Criticality::kLow});
  pass(seconds(400));
  EXPECT_LT(worst(Criticality::kCritical), milliseconds(100));
  for (auto& job : jobs) {
    ASSERT_GT(runs[&job].count, job.spec().criticality == Criticality::kCritical ? 38u : 1u);
    ASSERT_LT(runs[&job].worst, seconds(150));
  }
  // All that were due wait, but no more than the capacity in the queue: critical ones are never sent back.
  EXPECT_LE(most_waiting, 50u + 8u);
  EXPECT_GT(scheduler->counters().deferred.load(), 1000u);
  EXPECT_LE(most_weight, 32u * Scheduler::kPlace);
}

TEST_F(OverloadTest, counts_a_ping_as_a_sixteenth_of_a_place) {
  open({.max_in_flight = 4});
  add(1000, {.interval = seconds(10), .weight = 1});
  round_takes = seconds(100);
  pass(seconds(12));
  EXPECT_EQ(scheduler->counters().in_flight.load(), 64u);
}

TEST_F(OverloadTest, lets_heavy_rounds_come_through_a_crowd_of_light_ones) {
  open({.max_in_flight = 2});
  add(400, {.interval = seconds(10), .weight = 1});
  add(4, {.interval = seconds(10), .weight = 16});
  pass(seconds(200));
  for (auto& job : jobs) ASSERT_GT(runs[&job].count, 3u) << static_cast<int>(job.spec().weight);
}

TEST_F(OverloadTest, uses_all_places_all_the_time_while_work_waits_in_the_wheel) {
  open({.max_in_flight = 64, .queue_capacity = 10});
  add(5000, {.interval = seconds(10)});
  pass(seconds(20));
  auto before = scheduler->counters().run.load();
  pass(seconds(20));
  EXPECT_GT(scheduler->counters().run.load() - before, 64u * 20 * 95 / 100);
}

TEST_F(OverloadTest, lowers_its_limit_when_memory_is_refused_and_takes_it_up_again) {
  open({.max_in_flight = 64, .min_in_flight = 4});
  add(1000, {.interval = seconds(10)});
  refuse = true;
  pass(seconds(20));
  EXPECT_EQ(scheduler->in_flight_limit(), 4u);
  EXPECT_GT(scheduler->counters().skipped.load(), 1000u);
  refuse = false;
  pass(seconds(120));
  EXPECT_EQ(scheduler->in_flight_limit(), 64u);
  EXPECT_EQ(scheduler->counters().in_flight_limit.load(), 64u);
}

TEST_F(OverloadTest, stretches_low_jobs_evenly_and_brings_them_back_without_a_herd) {
  open({});
  round_takes = milliseconds(1);
  add(600, {.interval = seconds(60), .criticality = Criticality::kLow});
  add(60, {.interval = seconds(60)});
  pass(seconds(120));
  scheduler->set_stretch(2);
  for (auto& job : jobs) scheduler->restretch(job, clock.mono());
  EXPECT_EQ(scheduler->counters().stretched.load(), 600u);
  pass(seconds(240));  // those who were armed before, and the first that come a little sooner
  std::map<const Job*, std::size_t> before;
  for (auto& job : jobs) before[&job] = runs[&job].count;
  last_starts.clear();
  pass(seconds(240));
  for (auto& job : jobs)
    ASSERT_EQ(runs[&job].count - before[&job], job.spec().criticality == Criticality::kLow ? 2u : 4u);
  auto per_10s = [this] {
    std::map<std::int64_t, std::size_t> counts;
    for (auto at : last_starts) ++counts[at.time_since_epoch() / seconds(10)];
    std::size_t most = 0;
    for (auto [slot, count] : counts) most = std::max(most, count);
    return most;
  };
  EXPECT_LT(per_10s(), 100u);  // 60 on average
  scheduler->set_stretch(1);
  for (auto& job : jobs) scheduler->restretch(job, clock.mono());
  EXPECT_EQ(scheduler->counters().stretched.load(), 0u);
  last_starts.clear();
  for (auto& job : jobs) before[&job] = runs[&job].count;
  pass(seconds(60) + milliseconds(5));  // a timer may be late by its tick
  for (auto& job : jobs) {
    ASSERT_GE(runs[&job].count - before[&job], 1u);
    ASSERT_LE(runs[&job].count - before[&job], 2u);
  }
  EXPECT_LT(per_10s(), 190u);  // 110 on average
  EXPECT_LT(worst(Criticality::kLow), milliseconds(10));
}

TEST_F(OverloadTest, keeps_its_books_whatever_happens) {
  std::mt19937 random(11);
  open({.max_in_flight = 20, .min_in_flight = 2, .max_per_target = 2, .queue_capacity = 30});
  for (int i = 0; i < 800; ++i) {
    Job::Spec spec{.hash = mix64(static_cast<std::uint64_t>(i)),
                   .target = random() % 60,
                   .interval = milliseconds(500 + random() % 5000),
                   .criticality = static_cast<Criticality>(random() % 3),
                   .protocol = static_cast<std::uint8_t>(random() % 3),
                   .weight = static_cast<std::uint8_t>(random() % 2 == 0 ? 1 : 16)};
    scheduler->add(jobs.emplace_back(spec), clock.mono(), clock.wall());
  }
  scheduler->set_protocol_limit(1, 5);
  for (int step = 0; step < 400; ++step) {
    round_takes = milliseconds(1 + random() % 3000);
    refuse = random() % 10 == 0;
    auto& job = jobs[random() % jobs.size()];
    if (random() % 4 == 0) scheduler->set_paused(job, !job.paused(), clock.mono());
    if (random() % 20 == 0) {
      scheduler->set_stretch(1 + random() % 4);
      for (auto& j : jobs) scheduler->restretch(j, clock.mono());
    }
    if (random() % 20 == 0) scheduler->set_in_flight_share(random() % 2 == 0 ? 1 : 0.3);
    if (job.phase() != Job::Phase::kInFlight && random() % 4 == 0) {
      scheduler->remove(job);
      scheduler->add(job, clock.mono(), clock.wall());
    }
    pass(milliseconds(random() % 400));
    ASSERT_LE(scheduler->counters().waiting.load(), 2u * 30 + 800 / 3 + 60);
  }
  refuse = false;
  round_takes = milliseconds(5);
  scheduler->set_stretch(1);
  scheduler->set_in_flight_share(1);
  for (auto& job : jobs) {
    scheduler->restretch(job, clock.mono());
    scheduler->set_paused(job, false, clock.mono());
    runs[&job] = {};
  }
  pass(seconds(60));
  for (auto& job : jobs) ASSERT_GT(runs[&job].count, 5u);  // nobody was lost
}

}  // namespace
}  // namespace holter::schedule
