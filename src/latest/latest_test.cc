#include "latest/latest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "batch/builder.h"
#include "batch/series_id.h"
#include "memory/arrow_pool.h"
#include "testing/fake_clock.h"

namespace holter::latest {
namespace {

namespace testing = holter::testing;
using model::ResultCode;
using model::State;

class LatestTest : public ::testing::Test {
 protected:
  LatestTest() {
    auto definition = std::make_shared<model::Definition>();
    definition->app = "ping";
    definition->sets.push_back(
        {.name = "summary", .priority = 0, .fields = {{.field = "responseTime", .type = model::FieldType::kNumber}}});
    definition->sets.push_back({.name = "extra",
                                .priority = 1,
                                .fields = {{.field = "note", .type = model::FieldType::kString},
                                           {.field = "slowest", .type = model::FieldType::kTime}}});
    definition_ = definition;
  }
  model::Monitor& add(std::string name) {
    auto& monitor = monitors_.emplace_back(model::Monitor{.id = {stable_hash(name)},
                                                          .name = name,
                                                          .definition = definition_,
                                                          .labels = std::make_shared<model::Labels>(),
                                                          .interval = milliseconds(60'000)});
    EXPECT_TRUE(latest.add(monitor).has_value());
    return monitor;
  }
  void round(const model::Monitor& monitor, ResultCode code, std::string_view message = "",
             std::string_view set = "summary", std::int64_t time = 0) {
    builder.add_round(monitor.id, set, time != 0 ? time : epoch_ms(clock.wall()), 250, code, message);
    latest.apply(*builder.finish().value());
  }
  SeriesId announce(const model::Monitor& monitor, std::string_view set, std::string_view field,
                    std::string_view labels = {}) {
    auto series = batch::series_id(monitor.id, set, field, labels);
    builder.add_series(series, monitor.id, set, field, labels);
    return series;
  }
  std::vector<Value> values(const model::Monitor& monitor) {
    std::vector<Value> all;
    latest.each_value(monitor.id, [&](const Value& v) { all.push_back(v); });
    return all;
  }
  void value(const model::Monitor& monitor, double number) {
    builder.add_sample(announce(monitor, "summary", "responseTime"), epoch_ms(clock.wall()), number);
    latest.apply(*builder.finish().value());
  }
  State state(const model::Monitor& monitor) { return latest.status(monitor.id)->state; }

  testing::FakeClock clock;
  memory::Account account{"process", nullptr, 8 << 20};
  memory::ArrowPool pool{account, "test"};
  batch::Builder builder{pool, 1000};
  std::shared_ptr<const model::Definition> definition_;
  std::deque<model::Monitor> monitors_;
  Latest latest{clock, account};
};

TEST_F(LatestTest, knows_nothing_of_a_monitor_that_was_not_heard_of) {
  auto& m = add("a");
  EXPECT_EQ(state(m), State::kUnknown);
  EXPECT_EQ(latest.status(m.id)->last_check_ms, 0);
  EXPECT_FALSE(latest.status({42}).has_value());
}

TEST_F(LatestTest, goes_up_and_down_with_the_deciding_set_and_keeps_since_when) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  EXPECT_EQ(state(m), State::kUp);
  auto since = latest.status(m.id)->since_ms;
  clock.advance(seconds(60));
  round(m, ResultCode::kSuccess);
  EXPECT_EQ(latest.status(m.id)->since_ms, since);
  EXPECT_EQ(latest.status(m.id)->last_check_ms, epoch_ms(clock.wall()));
  clock.advance(seconds(60));
  round(m, ResultCode::kUnreachable, "no echo reply");
  auto status = *latest.status(m.id);
  EXPECT_EQ(status.state, State::kDown);
  EXPECT_EQ(status.message, "no echo reply");
  EXPECT_EQ(status.code, ResultCode::kUnreachable);
  EXPECT_EQ(status.since_ms, epoch_ms(clock.wall()));
  round(m, ResultCode::kSuccess);
  EXPECT_EQ(latest.status(m.id)->message, "");
}

TEST_F(LatestTest, a_cron_monitor_is_stale_when_its_next_due_time_has_passed_without_a_result) {
  model::CronFields daily{
      .seconds = 1, .minutes = 1, .hours = 1U << 3, .days = ~1U, .months = 0x1FFE, .weekdays = 0x7F};
  auto five = daily;
  five.hours = (1U << 24) - 1;
  for (unsigned minute = 0; minute < 60; minute += 2) five.minutes |= std::uint64_t{1} << minute;
  clock.set_wall(WallTime(seconds(1'700'017'200)));  // 03:00 UTC
  auto& at_three = add("at three");
  auto& often = add("every two minutes");
  at_three.cron = model::Cron::make(daily, "0 0 3 * * *", "Etc/UTC").value();
  often.cron = model::Cron::make(five, "0 */2 * * * *", "Etc/UTC").value();
  clock.advance(seconds(1));
  round(at_three, ResultCode::kSuccess);
  round(often, ResultCode::kSuccess);
  clock.advance(seconds(4 * 60 - 1 + 10));
  EXPECT_EQ(state(often), State::kUp);
  clock.advance(milliseconds(1));
  EXPECT_EQ(state(often), State::kStale);
  EXPECT_EQ(state(at_three), State::kUp);
  clock.advance(std::chrono::hours(24) - seconds(1) + seconds(60));  // the next was due, a few minutes ago
  EXPECT_EQ(state(at_three), State::kUp);
  clock.advance(seconds(1));
  EXPECT_EQ(state(at_three), State::kStale);
  EXPECT_EQ(latest.status(at_three.id)->since_ms, epoch_ms(clock.wall()) - 1);
}

TEST_F(LatestTest, is_not_moved_by_a_set_that_does_not_decide) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  round(m, ResultCode::kFail, "no note", "extra");
  EXPECT_EQ(state(m), State::kUp);
  EXPECT_EQ(latest.set_status(m.id, "extra")->message, "no note");
}

TEST_F(LatestTest, does_not_blame_the_target_for_our_want_of_memory) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  clock.advance(seconds(60));
  round(m, ResultCode::kUnavailable, "the memory account for rounds is full");
  EXPECT_EQ(state(m), State::kUp);
  EXPECT_EQ(latest.stats().unavailable_rounds, 1u);
  clock.advance(seconds(75));
  round(m, ResultCode::kUnavailable);
  EXPECT_EQ(state(m), State::kStale);  // but old is not shown as new either
}

TEST_F(LatestTest, never_shows_old_as_new) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  auto heard = epoch_ms(clock.wall());
  clock.advance(seconds(129));
  EXPECT_EQ(state(m), State::kUp);
  clock.advance(seconds(2));
  EXPECT_EQ(state(m), State::kStale);
  EXPECT_EQ(latest.status(m.id)->since_ms, heard + 130'000);
  round(m, ResultCode::kSuccess);
  EXPECT_EQ(state(m), State::kUp);
}

TEST_F(LatestTest, judges_age_by_the_steady_clock_when_the_wall_clock_is_set_back) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  clock.set_wall(clock.wall() - std::chrono::hours(1));
  EXPECT_EQ(state(m), State::kUp);
  clock.advance(seconds(131));
  EXPECT_EQ(state(m), State::kStale);
}

TEST_F(LatestTest, shows_a_paused_monitor_as_paused_whatever_was_heard) {
  auto& m = add("a");
  round(m, ResultCode::kSuccess);
  m.paused = true;
  EXPECT_EQ(state(m), State::kPaused);
}

TEST_F(LatestTest, keeps_the_newest_value_of_each_series_with_its_name) {
  auto& m = add("a");
  auto time = announce(m, "summary", "responseTime");
  auto note = announce(m, "extra", "note", "disk=\"sda\"");
  builder.add_sample(time, 1000, 1.5);
  builder.add_sample(time, 2000, 2.5);
  builder.add_text(note, 1000, "fine");
  latest.apply(*builder.finish().value());
  auto seen = values(m);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].field, "responseTime");
  EXPECT_EQ(seen[0].number, 2.5);
  EXPECT_EQ(seen[0].time_ms, 2000);
  EXPECT_EQ(seen[0].series, time);
  EXPECT_EQ(seen[1].set, "extra");
  EXPECT_EQ(seen[1].text, "fine");
  EXPECT_EQ(seen[1].labels, "disk=\"sda\"");
  EXPECT_EQ(seen[1].series, note);
  EXPECT_FALSE(seen[1].is_number);
}

TEST_F(LatestTest, puts_the_fields_of_a_row_together_in_whatever_order_they_come) {
  auto& m = add("a");
  std::vector<std::string> disks;
  for (int i = 0; i < 300; ++i) disks.push_back("disk=\"sd" + std::to_string(i) + "\"");
  for (const auto& disk : disks) builder.add_sample(announce(m, "extra", "slowest", disk), 1000, 1);
  latest.apply(*builder.finish().value());
  std::ranges::reverse(disks);
  for (const auto& disk : disks) builder.add_text(announce(m, "extra", "note", disk), 2000, disk);
  latest.apply(*builder.finish().value());
  auto seen = values(m);
  ASSERT_EQ(seen.size(), 600u);
  for (std::size_t i = 0; i < seen.size(); i += 2) {
    ASSERT_EQ(seen[i].field, "note");
    ASSERT_EQ(seen[i].text, disks[299 - i / 2]);
    ASSERT_EQ(seen[i].labels, seen[i].text);
    ASSERT_EQ(seen[i + 1].field, "slowest");
    ASSERT_EQ(seen[i + 1].labels, seen[i].text);
    ASSERT_EQ(seen[i + 1].time_ms, 2000);
  }
}

TEST_F(LatestTest, keeps_whatever_number_comes) {
  auto& m = add("a");
  for (double number : {0.0, -0.0, 1e308, -1e308, 5e-324, std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity()}) {
    value(m, number);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(values(m).at(0).number), std::bit_cast<std::uint64_t>(number));
  }
  for (std::uint64_t bits : {0x7FF8'0000'0000'0000ULL, 0xFFF8'0000'0000'0000ULL, 0xFFFD'0000'0000'0000ULL,
                             0xFFFE'0000'0000'1234ULL, 0xFFFF'FFFF'FFFF'FFFFULL, 0x7FF0'0000'0000'0001ULL}) {
    value(m, std::bit_cast<double>(bits));
    ASSERT_TRUE(values(m).at(0).is_number);
    EXPECT_TRUE(std::isnan(values(m).at(0).number));
  }
}

TEST_F(LatestTest, does_not_take_a_series_whose_id_is_not_that_of_its_names) {
  auto& m = add("a");
  builder.add_series({4711}, m.id, "summary", "responseTime", "");
  builder.add_sample({4711}, 1000, 1);
  latest.apply(*builder.finish().value());
  EXPECT_TRUE(values(m).empty());
  EXPECT_EQ(latest.stats().unknown_rows, 2u);
}

TEST_F(LatestTest, gives_back_all_that_a_monitor_with_many_rows_and_texts_held) {
  auto empty = account.used();
  auto& m = add("a");
  for (int i = 0; i < 200; ++i) {
    auto row = "disk=\"" + std::to_string(i) + "\"";
    builder.add_text(announce(m, "extra", "note", row), 1000, "a text of some length for row " + row);
    announce(m, "extra", "slowest", row);
  }
  latest.apply(*builder.finish().value());
  EXPECT_EQ(latest.stats().series, 400u);
  EXPECT_GT(account.used(), empty + 200 * 60);
  latest.remove(m.id);
  EXPECT_EQ(latest.stats().series, 0u);
  // The holes alone are left: 24 bytes a row and 8 a cell.
  EXPECT_LT(account.used(), empty + 200 * (24 + 16) + 200);
}

TEST_F(LatestTest, keeps_a_time_of_day_as_the_number_that_it_is) {
  auto& m = add("a");
  builder.add_sample(announce(m, "extra", "slowest"), 1000, 3723);
  latest.apply(*builder.finish().value());
  auto seen = values(m);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_TRUE(seen[0].is_number);
  EXPECT_EQ(seen[0].number, 3723);
}

TEST_F(LatestTest, counts_what_it_does_not_know) {
  add("a");
  builder.add_sample({77}, 1, 1);
  builder.add_round({5}, "summary", 1, 1, ResultCode::kSuccess, "");
  latest.apply(*builder.finish().value());
  EXPECT_EQ(latest.stats().unknown_rows, 2u);
}

TEST_F(LatestTest, refuses_and_counts_series_beyond_its_memory) {
  memory::Account small("small", nullptr, 4096);
  Latest tight(clock, small);
  auto& m = monitors_.emplace_back(
      model::Monitor{.id = {1}, .name = "m", .definition = definition_, .labels = std::make_shared<model::Labels>()});
  ASSERT_TRUE(tight.add(m).has_value());
  for (int i = 0; i < 100; ++i) announce(m, "summary", "responseTime", "disk=\"" + std::to_string(i) + "\"");
  tight.apply(*builder.finish().value());
  EXPECT_GT(tight.stats().refused_series, 0u);
  EXPECT_EQ(tight.stats().series + tight.stats().refused_series, 100u);
  EXPECT_LE(small.used(), 4096u);
}

TEST_F(LatestTest, refuses_monitors_beyond_its_memory_by_name) {
  memory::Account small("small", nullptr, 200);
  Latest tight(clock, small);
  auto& a = monitors_.emplace_back(model::Monitor{.id = {1}, .name = "first", .definition = definition_});
  auto& b = monitors_.emplace_back(model::Monitor{.id = {2}, .name = "second", .definition = definition_});
  EXPECT_TRUE(tight.add(a).has_value());
  auto refused = tight.add(b);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("second"), std::string::npos);
}

TEST_F(LatestTest, holds_a_ping_monitor_in_a_few_hundred_bytes) {
  auto before = account.used();
  for (int i = 0; i < 1000; ++i) {
    auto& m = add("monitor-" + std::to_string(i));
    announce(m, "summary", "responseTime");
  }
  latest.apply(*builder.finish().value());
  EXPECT_EQ((account.used() - before) / 1000, 168u + 32u);  // of this definition, with its second set
}

TEST_F(LatestTest, shows_a_pause_with_its_reason_and_comes_back_to_the_state_before_when_that_is_young) {
  auto& monitor = add("a");
  round(monitor, ResultCode::kSuccess, "", "summary", 5000);
  latest.set_paused(monitor.id, PauseReason::kMemory, "memory is short: 92 %", 7000);
  auto status = latest.status(monitor.id).value();
  EXPECT_EQ(status.state, State::kPaused);
  EXPECT_EQ(status.paused, PauseReason::kMemory);
  EXPECT_EQ(status.since_ms, 7000);
  EXPECT_EQ(status.message, "memory is short: 92 %");
  clock.advance(seconds(119));
  latest.set_paused(monitor.id, PauseReason::kNone, {}, 9000);
  EXPECT_EQ(latest.status(monitor.id)->state, State::kUp);
  EXPECT_EQ(latest.status(monitor.id)->since_ms, 5000);
  latest.set_paused(monitor.id, PauseReason::kMemory, {}, 10'000);
  EXPECT_EQ(latest.status(monitor.id)->message, "paused: memory is short");
  clock.advance(seconds(2));
  latest.set_paused(monitor.id, PauseReason::kNone, {}, 11'000);
  EXPECT_EQ(latest.status(monitor.id)->state, State::kUnknown);
  EXPECT_EQ(latest.status(monitor.id)->since_ms, 11'000);
  round(monitor, ResultCode::kFail, "gone", "summary", 12'000);
  EXPECT_EQ(latest.status(monitor.id)->state, State::kDown);
}

TEST_F(LatestTest, gives_the_text_of_a_pause_back) {
  auto& monitor = add("a");
  auto before = account.used();
  for (int i = 0; i < 100; ++i) {
    latest.set_paused(monitor.id, PauseReason::kMemory, std::string(static_cast<std::size_t>(10 + i), 'x'), i);
    if (i % 3 == 0) latest.set_paused(monitor.id, PauseReason::kNone, {}, i);
  }
  latest.set_paused(monitor.id, PauseReason::kNone, {}, 0);
  EXPECT_EQ(account.used(), before);
}

TEST_F(LatestTest, calls_a_stretched_low_monitor_stale_later) {
  auto& low = add("low");
  low.criticality = model::Criticality::kLow;
  auto& normal = add("normal");
  round(low, ResultCode::kSuccess);
  round(normal, ResultCode::kSuccess);
  latest.set_stretch(2);
  clock.advance(seconds(200));
  EXPECT_EQ(latest.status(low.id)->state, State::kUp);
  EXPECT_EQ(latest.status(normal.id)->state, State::kStale);
  latest.set_stretch(1);
  EXPECT_EQ(latest.status(low.id)->state, State::kUp) << "its next check is due by the interval from now on";
  clock.advance(seconds(51));
  EXPECT_EQ(latest.status(low.id)->state, State::kStale);
}

TEST_F(LatestTest, stays_flat_while_monitors_come_and_go_a_hundred_thousand_times) {
  auto& keeps = add("keeps");
  value(keeps, 42);
  round(keeps, ResultCode::kSuccess);
  std::size_t peak = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto& monitor = add("m" + std::to_string(i % 7));
    if (i % 50 == 0) {
      value(monitor, i);
      round(monitor, ResultCode::kFail, "a message that is longer than what a string holds by itself");
    }
    latest.remove(monitor.id);
    monitors_.pop_back();
    peak = std::max(peak, account.used());
  }
  EXPECT_LT(peak, std::size_t{256} * 1024);
  EXPECT_EQ(latest.stats().monitors, 1u);
  EXPECT_EQ(latest.stats().series, 1u);
  EXPECT_EQ(latest.status(keeps.id)->state, State::kUp);
  double seen = 0;
  latest.each_value(keeps.id, [&](const Value& v) { seen = v.number; });
  EXPECT_EQ(seen, 42);
}

TEST_F(LatestTest, memory_falls_when_most_monitors_go_and_the_rest_is_as_it_was) {
  std::vector<model::Monitor*> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(&add("m" + std::to_string(i)));
    value(*all.back(), i);
    round(*all.back(), i % 3 == 0 ? ResultCode::kFail : ResultCode::kSuccess, "m" + std::to_string(i));
  }
  auto before = latest.stats().bytes;
  for (int i = 0; i < 5000; ++i)
    if (i % 10 != 4) latest.remove(all[static_cast<std::size_t>(i)]->id);
  EXPECT_LT(latest.stats().bytes, before / 4);
  for (int i = 4; i < 5000; i += 10) {
    auto id = all[static_cast<std::size_t>(i)]->id;
    ASSERT_EQ(latest.status(id)->state, i % 3 == 0 ? State::kDown : State::kUp);
    if (i % 3 == 0) ASSERT_EQ(latest.status(id)->message, "m" + std::to_string(i));
    double seen = -1;
    latest.each_value(id, [&](const Value& v) { seen = v.number; });
    ASSERT_EQ(seen, i);
  }
  EXPECT_FALSE(latest.status(all[0]->id).has_value());
}

}  // namespace
}  // namespace holter::latest
