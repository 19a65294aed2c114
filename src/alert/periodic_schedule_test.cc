#include "alert/periodic_schedule.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::alert {
namespace {

using Names = std::vector<std::string>;
using Begun = PeriodicSchedule::Run;
using Task = PeriodicSchedule::Task;

class PeriodicScheduleTest : public ::testing::Test {
 protected:
  static Task sql(std::string name, seconds interval = seconds(60), std::uint64_t meaning = 1) {
    return {std::move(name), interval, QuerySource::kHistorySql, meaning};
  }
  static Task promql(std::string name, seconds interval = seconds(60)) {
    return {std::move(name), interval, QuerySource::kPromql, 1};
  }
  void set(std::vector<Task> tasks) { schedule_.set(tasks, clock_.wall(), clock_.mono()); }
  /// What begins now; it stays in `runs_`.
  Names begin() {
    Names names;
    while (auto run = schedule_.begin(clock_.mono())) {
      names.push_back(run->name);
      runs_.push_back(std::move(*run));
    }
    return names;
  }
  bool end(const std::string& name) {
    auto found = std::ranges::find(runs_, name, &Begun::name);
    EXPECT_NE(found, runs_.end()) << name << " does not run";
    auto run = *found;
    runs_.erase(found);
    return schedule_.ended(run);
  }
  /// Lets time pass to the next slot of whichever rule.
  void to_next() { clock_.advance(schedule_.next() - clock_.mono()); }

  testing::FakeClock clock_;
  PeriodicSchedule schedule_;
  std::vector<Begun> runs_;
};

TEST_F(PeriodicScheduleTest, runs_a_rule_each_interval_at_a_phase_that_a_restart_does_not_move) {
  set({sql("A")});
  EXPECT_LE(schedule_.next() - clock_.mono(), seconds(60));
  to_next();
  const auto first = clock_.wall();
  EXPECT_EQ(begin(), Names{"A"});
  EXPECT_EQ(runs_[0].planned, clock_.mono());
  EXPECT_TRUE(end("A"));
  EXPECT_EQ(begin(), Names{}) << "once a slot";
  clock_.advance(seconds(59));
  EXPECT_EQ(begin(), Names{});
  clock_.advance(seconds(1));
  EXPECT_EQ(begin(), Names{"A"});
  // Another process, at another time.
  PeriodicSchedule again;
  clock_.advance(milliseconds(17'345));
  again.set({sql("A")}, clock_.wall(), clock_.mono());
  const auto next = clock_.wall() + std::chrono::floor<milliseconds>(again.next() - clock_.mono());
  EXPECT_EQ((next - first) % seconds(60), milliseconds(0));
  EXPECT_LT(next - clock_.wall(), seconds(60));
}

TEST_F(PeriodicScheduleTest, spreads_rules_over_the_interval) {
  std::vector<Task> tasks;
  for (int i = 0; i < 600; ++i) tasks.push_back(sql(fmt::format("rule {}", i)));
  set(tasks);
  std::size_t most = 0;
  for (int second = 0; second < 60; ++second) {
    clock_.advance(seconds(1));
    std::size_t begun = 0;
    for (auto names = begin(); !names.empty(); names = begin()) {
      begun += names.size();
      for (const auto& name : names) end(name);
    }
    most = std::max(most, begun);
  }
  EXPECT_LT(most, 30U) << "10 on average";
}

TEST_F(PeriodicScheduleTest, never_runs_a_rule_twice_at_once_and_counts_the_slots_that_it_misses) {
  set({sql("A")});
  to_next();
  begin();
  for (int i = 0; i < 3; ++i) {
    clock_.advance(seconds(60));
    EXPECT_EQ(begin(), Names{});
  }
  EXPECT_EQ(schedule_.skipped("A"), 3U);
  EXPECT_TRUE(end("A"));
  EXPECT_EQ(begin(), Names{}) << "what was missed is not made up for";
  clock_.advance(seconds(60));
  EXPECT_EQ(begin(), Names{"A"});
  EXPECT_EQ(schedule_.skipped("A"), 3U);
}

TEST_F(PeriodicScheduleTest, runs_the_newest_slot_once_after_a_pause_of_the_process) {
  set({sql("A")});
  to_next();
  begin();
  end("A");
  clock_.advance(seconds(60) * 10 + seconds(7));
  EXPECT_EQ(begin(), Names{"A"});
  EXPECT_EQ(clock_.mono() - runs_[0].planned, seconds(7));
  EXPECT_EQ(schedule_.skipped("A"), 9U);
}

TEST_F(PeriodicScheduleTest, lets_no_more_run_than_may_and_the_first_that_came_go_first) {
  std::vector<Task> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(sql(fmt::format("S{}", i), seconds(600)));
  for (int i = 0; i < 10; ++i) tasks.push_back(promql(fmt::format("P{}", i), seconds(600)));
  set(tasks);
  clock_.advance(seconds(600));
  auto begun = begin();
  EXPECT_EQ(std::ranges::count_if(begun, [](const auto& name) { return name[0] == 'S'; }), 2);
  EXPECT_EQ(std::ranges::count_if(begun, [](const auto& name) { return name[0] == 'P'; }), 8);
  EXPECT_EQ(schedule_.running(), 10U);
  EXPECT_EQ(schedule_.waiting(), 5U);
  EXPECT_EQ(begin(), Names{});
  auto last = runs_[0].planned;
  for (std::size_t left = 3; left > 0; --left) {
    end(std::ranges::find_if(runs_, [](const Begun& run) { return run.name[0] == 'S'; })->name);
    ASSERT_EQ(begin().size(), 1U) << "a place that is free is taken at once";
    EXPECT_GE(runs_.back().planned, last);
    last = runs_.back().planned;
  }
}

TEST_F(PeriodicScheduleTest, a_rule_that_waits_beyond_its_next_slot_misses_that_one) {
  set({sql("A", seconds(10)), sql("B", seconds(10)), sql("C", seconds(10))});
  clock_.advance(seconds(10));
  EXPECT_EQ(begin().size(), 2U);
  clock_.advance(seconds(10));
  EXPECT_EQ(begin(), Names{});
  EXPECT_EQ(schedule_.skipped("A") + schedule_.skipped("B") + schedule_.skipped("C"), 3U);
  EXPECT_EQ(schedule_.waiting(), 1U);
}

TEST_F(PeriodicScheduleTest, keeps_the_times_of_a_rule_whose_interval_stays) {
  set({sql("A"), sql("B")});
  clock_.advance(seconds(20));
  const auto next = schedule_.next();
  set({sql("A", seconds(60), 2), sql("B"), sql("C", seconds(31'536'000))});
  EXPECT_EQ(schedule_.next(), next);
  EXPECT_EQ(schedule_.size(), 3U);
  set({});
  EXPECT_EQ(schedule_.next(), MonoTime::max());
}

TEST_F(PeriodicScheduleTest, the_answer_for_a_rule_that_was_edited_or_is_gone_does_not_count) {
  set({sql("Edited"), sql("Gone")});
  clock_.advance(seconds(60));
  ASSERT_EQ(begin().size(), 2U);
  set({sql("Edited", seconds(60), 2)});
  clock_.advance(seconds(60));
  EXPECT_EQ(begin(), Names{}) << "its old query still runs";
  EXPECT_FALSE(end("Edited"));
  EXPECT_FALSE(end("Gone"));
  EXPECT_EQ(schedule_.size(), 1U);
  EXPECT_EQ(schedule_.running(), 0U);
  clock_.advance(seconds(60));
  EXPECT_EQ(begin(), Names{"Edited"});
  EXPECT_TRUE(end("Edited"));
}

TEST_F(PeriodicScheduleTest, a_rule_that_is_made_anew_waits_for_the_run_of_its_forerunner) {
  set({sql("A")});
  clock_.advance(seconds(60));
  begin();
  set({});
  set({promql("A")});
  clock_.advance(seconds(60));
  EXPECT_EQ(begin(), Names{});
  EXPECT_FALSE(end("A"));
  clock_.advance(seconds(60));
  EXPECT_EQ(begin(), Names{"A"});
  EXPECT_EQ(runs_[0].source, QuerySource::kPromql);
  EXPECT_TRUE(end("A"));
}

/// Whatever comes in which order: no rule twice at once, no more than may, and each slot is a run or a skip.
TEST_F(PeriodicScheduleTest, accounts_for_each_slot) {
  std::mt19937 random(11);
  std::vector<Task> tasks;
  for (int i = 0; i < 12; ++i)
    tasks.push_back(i % 3 == 0 ? promql(fmt::format("r{}", i), seconds(10 + i))
                               : sql(fmt::format("r{}", i), seconds(10 + i)));
  set(tasks);
  std::map<std::string, std::uint64_t> begun;
  const auto start = clock_.mono();
  for (int step = 0; step < 5000; ++step) {
    clock_.advance(milliseconds(random() % 4000));
    for (const auto& name : begin()) {
      ++begun[name];
      EXPECT_EQ(std::ranges::count(runs_, name, &Begun::name), 1) << name;
    }
    for (auto source : {QuerySource::kHistorySql, QuerySource::kPromql})
      ASSERT_LE(std::ranges::count(runs_, source, &Begun::source), source == QuerySource::kPromql ? 8 : 2);
    while (!runs_.empty() && random() % 3 != 0) EXPECT_TRUE(end(runs_[random() % runs_.size()].name));
  }
  while (!runs_.empty()) end(runs_[0].name);
  for (auto names = begin(); !names.empty(); names = begin())
    for (const auto& name : names) ++begun[name], end(name);
  std::uint64_t skipped = 0;
  for (const auto& task : tasks) {
    const auto slots = begun[task.name] + schedule_.skipped(task.name);
    const auto passed = static_cast<std::uint64_t>((clock_.mono() - start) / task.interval);
    EXPECT_TRUE(slots == passed || slots == passed + 1) << task.name << ": " << slots << " of " << passed;
    skipped += schedule_.skipped(task.name);
  }
  EXPECT_GT(skipped, 0U);
}

}  // namespace
}  // namespace holter::alert
