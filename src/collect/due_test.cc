// Which sets of a round are due, and when monitors with exact times run.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "collect/test_rounds.h"

namespace holter::collect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AnswersAtOnce final : public test::Target {
 public:
  void start(test::TargetProbe& probe, Attempt& attempt) override {
    ++asked[probe.ask];
    attempt.finish(fails.empty() || probe.ask != fails ? model::ResultCode::kSuccess : model::ResultCode::kFail, {});
  }
  void cancel(test::TargetProbe&, Attempt&) override { FAIL() << "nothing runs"; }
  std::map<std::string, int> asked;
  std::string fails;
};

class Due : public ::testing::Test {
 protected:
  void at(int hour, int minute = 0, int second = 0) {
    shard_.clock.set_wall(std::chrono::sys_days(std::chrono::year(2026) / 3 / 28) + std::chrono::hours(hour) +
                          std::chrono::minutes(minute) + seconds(second));
  }
  /// A monitor of one set; every hour at minute 0 and 30 if need be.
  MonitorJob& add_cron(std::uint64_t minutes, std::string_view zone = "Etc/UTC") {
    model::CronFields fields{
        .seconds = 1, .minutes = minutes, .hours = (1U << 24) - 1, .days = ~1U, .months = 0x1FFE, .weekdays = 0x7F};
    auto& monitor = shard_.monitors.emplace_back();
    auto definition = std::make_shared<model::Definition>();
    definition->app = "fake";
    definition->sets.push_back(test::set_of({.name = "s", .ask = "s"}));
    monitor.id = {7};
    monitor.name = "cron";
    monitor.definition = definition;
    monitor.labels = std::make_shared<model::Labels>();
    monitor.cron = model::Cron::make(fields, "as the test says", zone).value();
    monitor.interval = std::chrono::minutes(30);
    shard_.collector->start();
    return shard_.load(monitor);
  }
  /// Start times of the rounds since the last call: "12:00:00.000".
  std::vector<std::string> times() {
    std::vector<std::string> out;
    for (const auto& round : shard_.rounds()) {
      // A wheel's tick late at most.
      auto time = std::chrono::floor<seconds>(WallTime(milliseconds(round.time_ms)));
      EXPECT_LE(round.time_ms - epoch_ms(time), 5);
      out.push_back(format_time(time).substr(11, 8));
    }
    return out;
  }

  AnswersAtOnce target_;
  test::FakeShard shard_;
};

TEST_F(Due, sets_have_intervals_of_their_own_shorter_and_longer_than_that_of_the_monitor) {
  shard_.add({{.name = "decides", .ask = "decides"},
              {.name = "fast", .priority = 1, .ask = "fast", .interval = seconds(20)},
              {.name = "slow", .priority = 1, .ask = "slow", .interval = seconds(300)},
              {.name = "usual", .priority = 2, .ask = "usual"}});
  shard_.advance(seconds(1200));
  EXPECT_EQ(target_.asked["fast"], 60);
  EXPECT_EQ(target_.asked["decides"], 20);
  EXPECT_EQ(target_.asked["usual"], 20);
  EXPECT_EQ(target_.asked["slow"], 4);
}

TEST_F(Due, a_set_that_is_due_a_moment_later_is_not_put_off_for_a_whole_round) {
  shard_.add({{.name = "decides", .ask = "decides"},
              {.name = "slow", .priority = 1, .ask = "slow", .interval = seconds(130)}},  // no multiple of 60
             milliseconds(60'000));
  shard_.advance(seconds(1200));
  EXPECT_EQ(target_.asked["decides"], 20);
  EXPECT_EQ(target_.asked["slow"], 10);
}

TEST_F(Due, of_sets_that_were_not_run_since_the_round_stopped_nothing_is_recorded) {
  target_.fails = "decides";
  shard_.add({{.name = "decides", .ask = "decides"}, {.name = "next", .priority = 1, .ask = "next"}});
  shard_.advance(seconds(60));
  EXPECT_EQ(target_.asked["next"], 0);
  for (const auto& round : shard_.rounds()) EXPECT_EQ(round.set, "decides");
}

TEST_F(Due, an_answer_with_fewer_rows_than_the_set_needs_is_a_failure_and_stops_the_round) {
  shard_.add({{.name = "first", .ask = "first", .min_rows = 1}, {.name = "late", .priority = 1, .ask = "late"}});
  shard_.advance(seconds(60));
  auto rounds = shard_.rounds();
  ASSERT_FALSE(rounds.empty());
  EXPECT_EQ(rounds.front().code, model::ResultCode::kFail);
  EXPECT_EQ(rounds.front().message, "the answer has 0 rows; at least 1 are needed");
  EXPECT_EQ(target_.asked.count("late"), 0u);
}

TEST_F(Due, a_cron_monitor_runs_at_its_exact_times) {
  at(11, 59, 59);
  auto& job = add_cron(1 | std::uint64_t{1} << 30);
  shard_.advance(std::chrono::hours(1) + seconds(2));
  EXPECT_THAT(times(), ElementsAre("12:00:00", "12:30:00", "13:00:00"));
  EXPECT_EQ(job.next_due() - shard_.clock.mono(), std::chrono::minutes(30) - seconds(1));
}

TEST_F(Due, a_cron_monitor_follows_a_clock_that_is_set) {
  at(12, 10);
  add_cron(1 | std::uint64_t{1} << 30);
  shard_.advance(seconds(10));
  at(12, 29, 50);  // forward, not over a due time
  shard_.collector->heartbeat();
  shard_.advance(seconds(20));
  EXPECT_THAT(times(), ElementsAre("12:30:00"));
  at(13, 10);  // over one: it is not made up for
  shard_.collector->heartbeat();
  shard_.advance(std::chrono::minutes(19));
  EXPECT_THAT(times(), IsEmpty());
  at(12, 55);  // back
  shard_.collector->heartbeat();
  shard_.advance(std::chrono::minutes(36));
  EXPECT_THAT(times(), ElementsAre("13:00:00", "13:30:00"));
}

TEST_F(Due, a_clock_that_drifts_makes_no_run_twice_and_none_go_missing) {
  at(12, 0, 30);
  add_cron((std::uint64_t{1} << 60) - 1);
  std::vector<std::string> all;
  for (int i = 0; i < 240; ++i) {
    shard_.advance(milliseconds(15'000));
    // To and fro by up to half a per cent.
    shard_.clock.set_wall(shard_.clock.wall() + milliseconds(i % 40 < 20 ? -70 : 70));
    shard_.collector->heartbeat();
    for (const auto& round : shard_.rounds()) {
      auto minute = std::chrono::round<std::chrono::minutes>(WallTime(milliseconds(round.time_ms)));
      EXPECT_LE(std::abs(round.time_ms - epoch_ms(minute)), 300);
      all.push_back(format_time(minute).substr(11, 5));
    }
  }
  EXPECT_GE(all.size(), 59u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  EXPECT_EQ(all.front(), "12:01");
  EXPECT_EQ(all.back() >= "12:59", true);
}

}  // namespace
}  // namespace holter::collect
