#include "schedule/scheduler.h"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::schedule {
namespace {

using model::Criticality;

/// Rounds that end when the test says so, or by the deadline.
class FakeRunner : public Runner {
 public:
  std::optional<nanoseconds> start(Job& job) override {
    if (refuse) return std::nullopt;
    started.push_back(&job);
    running.insert(&job);
    most = std::max(most, running.size());
    if (end_at_once) {
      running.erase(&job);
      scheduler->finished(job, clock->mono());
    }
    return timeout;
  }
  void expire(Job& job) override {
    expired.push_back(&job);
    running.erase(&job);
    scheduler->finished(job, clock->mono());
  }
  /// Exact times: whole minutes of the monotonic clock.
  MonoTime next_exact(const Job&, MonoTime after) override {
    return std::chrono::floor<std::chrono::minutes>(after) + std::chrono::minutes(1);
  }
  void finish(Job& job) {
    running.erase(&job);
    scheduler->finished(job, clock->mono());
  }

  Scheduler* scheduler = nullptr;
  Clock* clock = nullptr;
  nanoseconds timeout = seconds(5);
  bool end_at_once = false;
  bool refuse = false;
  std::vector<Job*> started, expired;
  std::set<Job*> running;
  std::size_t most = 0;
};

class SchedulerTest : public ::testing::Test {
 protected:
  void open(Options options) {
    scheduler = std::make_unique<Scheduler>(options, runner, account, clock.mono());
    runner.scheduler = scheduler.get();
    runner.clock = &clock;
  }
  Job& add(Job::Spec spec) {
    if (spec.target == 0) spec.target = mix64_of(jobs.size() + 1);
    auto& job = jobs.emplace_back(spec);
    scheduler->add(job, clock.mono(), clock.wall());
    return job;
  }
  static std::uint64_t mix64_of(std::uint64_t n) { return n * 0x9e3779b97f4a7c15ULL | 1; }
  /// Lets time pass as the driver of a shard would: advance() whenever next() says so.
  void pass(nanoseconds time) {
    auto end = clock.mono() + time;
    while (true) {
      auto next = scheduler->next();
      if (scheduler->can_start()) next = clock.mono();
      if (!next || *next > end) break;
      clock.advance(std::max(nanoseconds(0), *next - clock.mono()));
      scheduler->advance(clock.mono());
    }
    clock.advance(end - clock.mono());
    scheduler->advance(clock.mono());
  }
  void expect_counters_add_up() {
    const auto& c = scheduler->counters();
    EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
  }
  void TearDown() override {
    for (Job* job : std::set<Job*>(runner.running)) runner.finish(*job);
    for (auto& job : jobs)
      if (job.phase() != Job::Phase::kDetached) scheduler->remove(job);
    scheduler.reset();
  }

  testing::FakeClock clock;
  memory::Account account{"process", nullptr, 64 << 20};
  FakeRunner runner;
  std::deque<Job> jobs;
  std::unique_ptr<Scheduler> scheduler;
};

TEST_F(SchedulerTest, runs_a_job_once_per_interval) {
  open({});
  runner.end_at_once = true;
  add({.hash = 1, .interval = seconds(10)});
  pass(seconds(100));
  EXPECT_EQ(runner.started.size(), 10u);
  expect_counters_add_up();
  EXPECT_EQ(scheduler->counters().late.load(), 0u);
}

TEST_F(SchedulerTest, spreads_first_runs_evenly_over_the_interval) {
  open({});
  runner.end_at_once = true;
  for (std::uint64_t i = 0; i < 6000; ++i) add({.hash = mix64_of(i), .interval = seconds(60)});
  std::vector<std::size_t> per_second;
  for (int i = 0; i < 60; ++i) {
    auto before = runner.started.size();
    pass(seconds(1));
    per_second.push_back(runner.started.size() - before);
  }
  EXPECT_EQ(runner.started.size(), 6000u);
  auto [least, most] = std::minmax_element(per_second.begin(), per_second.end());
  EXPECT_GT(*least, 60u);  // 100 on average; a binomial spread stays well inside
  EXPECT_LT(*most, 140u);
}

TEST_F(SchedulerTest, keeps_the_phase_over_a_restart) {
  open({});
  runner.end_at_once = true;
  auto& job = add({.hash = 77, .interval = seconds(60)});
  pass(seconds(61));
  auto wall_of_due = [&] {
    return (clock.wall() + std::chrono::duration_cast<milliseconds>(job.next_due() - clock.mono())).time_since_epoch() %
           seconds(60);
  };
  auto before = wall_of_due();
  scheduler->remove(job);
  clock.advance(seconds(17));
  scheduler->add(job, clock.mono(), clock.wall());
  EXPECT_EQ(wall_of_due(), before);
}

TEST_F(SchedulerTest, goes_on_unmoved_when_the_wall_clock_is_set_back_an_hour) {
  open({});
  runner.end_at_once = true;
  add({.hash = 5, .interval = seconds(10)});
  pass(seconds(50));
  clock.set_wall(clock.wall() - std::chrono::hours(1));
  pass(seconds(50));
  EXPECT_EQ(runner.started.size(), 10u);
}

TEST_F(SchedulerTest, exact_times_have_no_phase_and_are_not_stretched) {
  open({});
  runner.end_at_once = true;
  scheduler->set_stretch(4);
  auto& job = add({.hash = 77, .interval = seconds(60), .criticality = model::Criticality::kLow, .exact = true});
  for (int i = 0; i < 5; ++i) {
    auto due = job.next_due();
    EXPECT_EQ(due, std::chrono::floor<std::chrono::minutes>(due));
    pass(due - clock.mono() + milliseconds(2));
    ASSERT_EQ(runner.started.size(), static_cast<std::size_t>(i) + 1);
    EXPECT_EQ(job.next_due(), due + std::chrono::minutes(1));
  }
  EXPECT_EQ(scheduler->counters().stretched.load(), 0u);
  EXPECT_EQ(scheduler->counters().late.load(), 0u);
}

TEST_F(SchedulerTest, missed_exact_times_are_skipped_or_paused_and_counted) {
  open({});
  runner.timeout = seconds(200);  // over three due times
  auto& job = add({.hash = 77, .interval = seconds(60), .exact = true});
  pass(seconds(20 + 210));
  EXPECT_EQ(runner.started.size(), 1u);
  EXPECT_EQ(scheduler->counters().skipped.load(), 3u);
  scheduler->set_paused(job, true, clock.mono());
  clock.advance(seconds(300));
  scheduler->advance(clock.mono());
  EXPECT_EQ(scheduler->counters().paused.load(), 5u);
  expect_counters_add_up();
  auto due = job.next_due();
  EXPECT_EQ(due, std::chrono::floor<std::chrono::minutes>(clock.mono()) + std::chrono::minutes(1));
  scheduler->retime(job, due + seconds(7));
  EXPECT_EQ(job.next_due(), due + seconds(7));
}

TEST_F(SchedulerTest, ends_a_hung_round_at_its_deadline_and_goes_on) {
  open({});
  auto& job = add({.hash = 1, .interval = seconds(10)});
  pass(seconds(100));
  EXPECT_EQ(runner.started.size(), 10u);
  EXPECT_GE(runner.expired.size(), 9u);
  EXPECT_EQ(scheduler->counters().timeouts.load(), runner.expired.size());
  EXPECT_TRUE(job.phase() == Job::Phase::kInFlight || job.phase() == Job::Phase::kIdle);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, skips_and_counts_what_is_due_while_in_flight) {
  open({});
  runner.timeout = seconds(35);  // more than three intervals
  auto& job = add({.hash = 1, .interval = seconds(10)});
  pass(seconds(11));
  ASSERT_EQ(job.phase(), Job::Phase::kInFlight);
  pass(seconds(25));
  EXPECT_EQ(runner.started.size(), 1u);  // never twice at once
  runner.finish(job);
  EXPECT_EQ(scheduler->counters().skipped.load(), 2u);
  EXPECT_EQ(scheduler->counters().due.load(), 3u);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, counts_due_times_of_a_paused_job_and_does_not_run_it) {
  open({});
  runner.end_at_once = true;
  auto& job = add({.hash = 1, .interval = seconds(10), .paused = true});
  pass(seconds(60));
  EXPECT_TRUE(runner.started.empty());
  EXPECT_EQ(scheduler->counters().paused.load(), 6u);
  scheduler->set_paused(job, false, clock.mono());
  pass(seconds(60));
  EXPECT_EQ(runner.started.size(), 6u);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, does_not_start_a_waiting_job_that_was_paused) {
  open({.max_in_flight = 1});
  runner.timeout = seconds(1000);
  auto& first = add({.hash = 1, .interval = seconds(10)});
  auto& second = add({.hash = 2, .interval = seconds(10)});
  pass(seconds(10));
  auto& waiting = first.phase() == Job::Phase::kReady ? first : second;
  ASSERT_EQ(waiting.phase(), Job::Phase::kReady);
  scheduler->set_paused(waiting, true, clock.mono());
  EXPECT_EQ(waiting.phase(), Job::Phase::kIdle);
  EXPECT_EQ(scheduler->counters().paused.load(), 1u);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, counts_a_round_that_got_no_memory_as_skipped) {
  open({});
  runner.refuse = true;
  add({.hash = 1, .interval = seconds(10)});
  pass(seconds(60));
  EXPECT_EQ(scheduler->counters().skipped.load(), 6u);
  EXPECT_EQ(scheduler->counters().run.load(), 0u);
  EXPECT_EQ(scheduler->counters().in_flight.load(), 0u);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, keeps_to_the_limit_of_rounds_in_flight) {
  open({.max_in_flight = 3});
  for (std::uint64_t i = 0; i < 20; ++i) add({.hash = mix64_of(i), .interval = seconds(10)});
  pass(seconds(10));
  EXPECT_EQ(runner.most, 3u);
  EXPECT_EQ(scheduler->counters().in_flight.load(), 3u);
  EXPECT_GT(scheduler->counters().waiting.load(), 0u);
}

TEST_F(SchedulerTest, keeps_to_the_limit_per_target_without_holding_up_others) {
  open({.max_in_flight = 100, .max_per_target = 2});
  runner.timeout = seconds(1000);
  for (std::uint64_t i = 0; i < 10; ++i) add({.hash = mix64_of(i), .target = 42, .interval = seconds(10)});
  auto& other = add({.hash = 3, .interval = seconds(10)});
  pass(seconds(10));
  EXPECT_EQ(runner.running.size(), 3u);
  EXPECT_TRUE(runner.running.contains(&other));
  for (int i = 0; i < 8; ++i) {  // each that ends lets the next one in
    for (Job* job : std::set<Job*>(runner.running))
      if (job != &other) {
        runner.finish(*job);
        break;
      }
    scheduler->advance(clock.mono());
  }
  EXPECT_EQ(runner.started.size(), 11u);
}

TEST_F(SchedulerTest, starts_critical_jobs_first_but_lets_no_low_one_starve) {
  open({.max_in_flight = 1});
  runner.timeout = seconds(1000);
  std::vector<Job*> low;
  for (std::uint64_t i = 0; i < 3; ++i)
    low.push_back(&add({.hash = mix64_of(i), .interval = seconds(300), .criticality = Criticality::kLow}));
  for (std::uint64_t i = 10; i < 13; ++i)
    add({.hash = mix64_of(i), .interval = seconds(2), .criticality = Criticality::kCritical});
  pass(seconds(2));
  std::size_t low_runs = 0;
  for (int i = 0; i < 1000; ++i) {  // one place, and critical jobs that would fill it twice over
    for (Job* job : std::set<Job*>(runner.running)) runner.finish(*job);
    scheduler->advance(clock.mono());
    pass(milliseconds(1400));
  }
  for (Job* job : runner.started) low_runs += std::ranges::count(low, job);
  EXPECT_GE(low_runs, 9u);  // 1400 s are more than four of their intervals
  EXPECT_GT(runner.started.size() - low_runs, 900u);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, critical_jobs_start_also_when_the_limit_has_fallen_below_what_is_in_flight) {
  open({.max_in_flight = 80});
  runner.timeout = seconds(1000);
  for (std::uint64_t i = 0; i < 200; ++i) add({.hash = mix64_of(i), .interval = seconds(10)});
  pass(seconds(10));
  ASSERT_EQ(runner.running.size(), 80U);
  scheduler->set_in_flight_share(0.5);
  auto& critical = add({.hash = 3, .interval = seconds(1), .criticality = Criticality::kCritical});
  pass(seconds(2));
  EXPECT_TRUE(runner.running.contains(&critical));
  EXPECT_EQ(runner.running.size(), 81U);
  expect_counters_add_up();
}

TEST_F(SchedulerTest, wakes_waiting_jobs_across_two_kinds_of_limits) {
  // Jobs that are woken by one gate and must wait at the other must pass the free place on.
  open({.max_in_flight = 100, .max_per_target = 1});
  scheduler->set_protocol_limit(1, 2);
  runner.timeout = seconds(1000);
  for (std::uint64_t i = 0; i < 12; ++i)
    add({.hash = mix64_of(i), .target = 1 + i % 3, .interval = seconds(10), .protocol = 1});
  pass(seconds(10));
  std::set<Job*> ran;
  for (int i = 0; i < 40 && ran.size() < 12; ++i) {
    ASSERT_FALSE(runner.running.empty()) << "stalled after " << ran.size();
    Job* job = *runner.running.begin();
    runner.finish(*job);
    scheduler->advance(clock.mono());
    ran.insert(runner.started.begin(), runner.started.end());
  }
  EXPECT_EQ(ran.size(), 12u);
}

TEST_F(SchedulerTest, loses_no_job_whatever_rounds_do) {
  std::mt19937_64 random(11);
  open({.max_in_flight = 7, .max_per_target = 2});
  scheduler->set_protocol_limit(2, 3);
  runner.timeout = seconds(3);
  for (std::uint64_t i = 0; i < 60; ++i)
    add({.hash = random(),
         .target = 1 + random() % 20,
         .interval = milliseconds(500 + random() % 20'000),
         .criticality = static_cast<Criticality>(random() % 3),
         .protocol = static_cast<std::uint8_t>(random() % 4)});
  for (int step = 0; step < 20'000; ++step) {
    pass(milliseconds(random() % 200));
    for (Job* job : std::set<Job*>(runner.running))
      if (random() % 3 == 0) runner.finish(*job);
    if (random() % 50 == 0) {
      auto& job = jobs[random() % jobs.size()];
      scheduler->set_paused(job, random() % 2 == 0, clock.mono());
    }
    EXPECT_LE(runner.running.size(), 7u);
  }
  expect_counters_add_up();
  for (auto& job : jobs) scheduler->set_paused(job, false, clock.mono());
  runner.started.clear();
  for (int step = 0; step < 5000; ++step) {
    pass(milliseconds(20));
    for (Job* job : std::set<Job*>(runner.running)) runner.finish(*job);
  }
  EXPECT_EQ(std::set<Job*>(runner.started.begin(), runner.started.end()).size(), jobs.size());
  expect_counters_add_up();
}

TEST(TargetGates, find_what_was_put_in_after_any_removals) {
  std::mt19937_64 random(3);
  TargetGates gates(64);
  std::map<std::uint64_t, Gate*> model;
  for (int i = 0; i < 20'000; ++i) {
    std::uint64_t key = random() % 200;
    if (model.size() < 60 && random() % 2 == 0) {
      auto& gate = *gates.at(key);
      if (!model.contains(key)) gate.in_flight = 1;
      model[key] = &gate;
    } else if (model.contains(key)) {
      model[key]->in_flight = 0;
      gates.drop_if_idle(key);
      model.erase(key);
    }
    auto probe = random() % 200;
    ASSERT_EQ(gates.find(probe), model.contains(probe) ? model[probe] : nullptr);
  }
}

TEST(Phase, is_stable_and_inside_the_interval) {
  WallTime now{milliseconds(1'700'000'000'123)};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto first = until_first_due(i, seconds(60), now);
    EXPECT_GE(first.count(), 0);
    EXPECT_LT(first, seconds(60));
    auto later = until_first_due(i, seconds(60), now + seconds(60));
    EXPECT_EQ(first, later);
  }
}

}  // namespace
}  // namespace holter::schedule
