#include "alert/state_machine.h"

#include <deque>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::alert {
namespace {

using model::Resolution;

constexpr std::int64_t kStart = 1'700'000'000'000;
constexpr std::int64_t kTen = 10'000;

SeriesMachine restarted(const SeriesMachine& machine) {
  auto out = SeriesMachine::from(machine.record());
  EXPECT_TRUE(out.has_value());
  return out.value_or(SeriesMachine());
}

/// A row of the table in docs/alerting-states.md.
struct Row {
  std::string state, input, given, next, event;
};

std::vector<Row> rows_of_page() {
  std::ifstream page("docs/alerting-states.md");
  std::vector<Row> out;
  std::string line;
  bool in_table = false;
  while (std::getline(page, line)) {
    if (!line.starts_with('|')) in_table = false;
    std::vector<std::string> cells;
    std::istringstream parts(line.substr(std::min<std::size_t>(1, line.size())));
    for (std::string cell; std::getline(parts, cell, '|');) {
      auto first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    if (in_table && !line.contains("---")) {
      EXPECT_EQ(cells.size(), 5U) << line;
      if (cells.size() == 5) out.push_back({cells[0], cells[1], cells[2], cells[3], cells[4]});
    }
    if (cells.size() == 5 && cells[0] == "State") in_table = true;
  }
  return out;
}

/// A machine in that state; its last result is that of kStart.
SeriesMachine in_state(const std::string& state) {
  SeriesMachine out;
  if (state == "inactive" || state == "no data") {
    (void)out.observe({}, Verdict::kFalse, true, kStart);
  } else if (state == "ending") {
    (void)out.observe({}, Verdict::kTrue, false, kStart - 1000);
    (void)out.observe({.keep_firing_ms = kTen}, Verdict::kFalse, true, kStart);
  } else {
    (void)out.observe({.for_ms = state == "pending" ? kTen : 0}, Verdict::kTrue, false, kStart);
  }
  if (state.starts_with("no data")) (void)out.no_data({.no_data = NoData::kAlert}, kStart + 500);
  if (state == "held") (void)out.resolve_by_hand();
  return out;
}

std::string state_of(const SeriesMachine& machine) {
  const auto record = machine.record();
  if (machine.phase() == Phase::kFiring && record.false_ms != SeriesMachine::kNever) return "ending";
  if (record.was_firing) return "no data, fired";
  return std::string(to_string(machine.phase()));
}

std::string event_of(const Step& step) {
  return std::string(step.event == Event::kResolved ? to_string(step.resolution) : to_string(step.event));
}

Step apply(SeriesMachine& machine, const Row& row) {
  Timing timing;
  bool recovered = !row.given.contains("recovery false");
  const std::int64_t now = kStart + (row.given.contains("10 s later") ? kTen : 1000);
  if (row.given.contains("for 10 s")) timing.for_ms = kTen;
  if (row.given.contains("keep firing 10 s")) timing.keep_firing_ms = kTen;
  if (row.given.contains("2 of 3")) timing.n = 2, timing.m = 3;
  if (row.input == "true") return machine.observe(timing, Verdict::kTrue, false, now);
  if (row.input == "false") return machine.observe(timing, Verdict::kFalse, recovered, now);
  if (row.input == "no value") return machine.observe(timing, Verdict::kNoValue, false, now);
  if (row.input == "old result") return machine.observe(timing, Verdict::kTrue, false, kStart);
  if (row.input == "tick") return machine.tick(timing, now);
  if (row.input == "paused") return machine.end(Resolution::kPaused);
  if (row.input == "by hand") return machine.resolve_by_hand();
  if (row.input == "silence") {
    auto choice = parse_no_data(row.given);
    EXPECT_TRUE(choice.has_value()) << row.given;
    timing.no_data = choice.value_or(NoData::kOk);
    return machine.no_data(timing, now);
  }
  EXPECT_EQ(row.input, "row gone");
  EXPECT_EQ(machine.missed(2), Step{});
  return machine.missed(2);
}

TEST(SeriesMachine, does_what_the_table_of_its_page_says) {
  auto rows = rows_of_page();
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& row : rows) {
    for (bool restart : {false, true}) {
      auto machine = in_state(row.state);
      EXPECT_EQ(state_of(machine), row.state);
      if (restart) machine = restarted(machine);
      auto step = apply(machine, row);
      auto where = fmt::format("{} | {} | {}", row.state, row.input, row.given);
      EXPECT_EQ(state_of(machine), row.next) << where;
      EXPECT_EQ(event_of(step), row.event) << where;
    }
    seen.emplace(row.state, row.input);
  }
  EXPECT_EQ(seen.size(), 7U * 9U) << "each state with each input";
}

TEST(SeriesMachine, begins_to_fire_when_for_has_run_out_whoever_notices) {
  const Timing timing{.for_ms = kTen};
  SeriesMachine by_result, by_tick;
  for (auto* machine : {&by_result, &by_tick}) (void)machine->observe(timing, Verdict::kTrue, false, kStart);
  EXPECT_EQ(by_result.observe(timing, Verdict::kTrue, false, kStart + 15'000).event, Event::kFired);
  EXPECT_EQ(by_result.since_ms(), kStart + 15'000);
  EXPECT_EQ(by_tick.tick(timing, kStart + 15'000).event, Event::kFired);
  EXPECT_EQ(by_tick.since_ms(), kStart + kTen) << "of a tick, the moment counts, and not when it came round";
}

TEST(SeriesMachine, does_not_fire_by_a_tick_when_the_newest_result_has_no_value) {
  const Timing timing{.for_ms = kTen};
  SeriesMachine machine;
  (void)machine.observe(timing, Verdict::kTrue, false, kStart);
  (void)machine.observe(timing, Verdict::kNoValue, false, kStart + 1000);
  EXPECT_EQ(machine.tick(timing, kStart + kTen), Step{});
  EXPECT_EQ(machine.observe(timing, Verdict::kTrue, false, kStart + kTen).event, Event::kFired);
}

TEST(SeriesMachine, counts_n_of_the_last_m_results_up_to_64) {
  const Timing timing{.n = 3, .m = 5};
  SeriesMachine machine;
  std::int64_t time = kStart;
  auto next = [&](bool holds) { return machine.observe(timing, Verdict{holds}, !holds, ++time).event; };
  EXPECT_EQ(next(true), Event::kNone);
  EXPECT_EQ(next(false), Event::kNone);
  EXPECT_EQ(next(true), Event::kNone);
  EXPECT_EQ(next(true), Event::kFired);
  EXPECT_EQ(next(false), Event::kNone) << "three of 1 0 1 1 0";
  EXPECT_EQ(next(false), Event::kResolved) << "two of 0 1 1 0 0";
  const Timing all{.n = 64, .m = 64};
  SeriesMachine slow;
  for (int i = 0; i < 63; ++i) EXPECT_EQ(slow.observe(all, Verdict::kTrue, false, kStart + i).event, Event::kNone);
  EXPECT_EQ(slow.observe(all, Verdict::kTrue, false, kStart + 63).event, Event::kFired);
}

TEST(SeriesMachine, is_idle_only_when_a_new_one_would_do_the_same) {
  const Timing timing{.n = 2, .m = 2};
  SeriesMachine machine;
  EXPECT_TRUE(machine.idle());
  (void)machine.observe(timing, Verdict::kTrue, false, kStart);
  EXPECT_FALSE(machine.idle()) << "one of two";
  (void)machine.observe(timing, Verdict::kFalse, true, kStart + 1);
  (void)machine.observe(timing, Verdict::kFalse, true, kStart + 2);
  EXPECT_TRUE(machine.idle());
}

TEST(SeriesMachine, refuses_records_that_no_machine_has_written) {
  const auto good = in_state("firing").record();
  EXPECT_TRUE(SeriesMachine::from(good).has_value());
  auto bad = good;
  bad.phase = kPhases;
  EXPECT_FALSE(SeriesMachine::from(bad).has_value());
  bad = good, bad.value_ms = good.newest_ms + 1;
  EXPECT_FALSE(SeriesMachine::from(bad).has_value());
  bad = good, bad.since_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(SeriesMachine::from(bad).has_value());
  bad = good, bad.was_firing = true;
  EXPECT_FALSE(SeriesMachine::from(bad).has_value());
}

TEST(SeriesMachine, does_not_miss_a_row_that_came_again) {
  SeriesMachine machine = in_state("firing");
  EXPECT_EQ(machine.missed(2), Step{});
  (void)machine.observe({}, Verdict::kTrue, false, kStart + 1);
  EXPECT_EQ(machine.missed(2), Step{}) << "not twice in a row";
  EXPECT_EQ(machine.missed(2).resolution, Resolution::kVanished);
}

/// The same from the words of the page, written to be simple: it keeps all results and looks back over them each time.
class Reference {
 public:
  Timing timing;

  std::string result(Verdict verdict, bool recovered, std::int64_t time) {
    if (!times_.empty() && time <= times_.back()) return "ignored";
    times_.push_back(time);
    misses_ = 0;
    if (verdict == Verdict::kNoValue) {
      last_has_value_ = false;
      return "none";
    }
    last_has_value_ = true;
    held_in_.push_back(verdict == Verdict::kTrue);
    int holds = 0;
    for (std::size_t back = 1; back <= std::min<std::size_t>(timing.m, held_in_.size()); ++back)
      holds += held_in_[held_in_.size() - back] ? 1 : 0;
    const bool active = holds >= timing.n;
    if (held) {
      if (!active && recovered) held = false;
      return "none";
    }
    const bool silent = silence;
    silence = false;
    if (alerts) {
      // One that fired for want of data only is over as soon as the condition does not hold.
      if (!active && silent && !by_condition) return resolve("recovered");
      by_condition = true;
      if (active || !recovered) {
        over_since.reset();
      } else {
        if (!over_since) over_since = time;
        if (time - *over_since >= timing.keep_firing_ms) return resolve("recovered");
      }
      return silent ? "data came" : "none";
    }
    if (!active) return std::exchange(holds_since, std::nullopt) ? "pending ended" : "none";
    if (!holds_since) {
      holds_since = time;
      if (timing.for_ms > 0) return "pending began";
    }
    return time - *holds_since >= timing.for_ms ? fire() : "none";
  }
  std::string nothing_comes() {
    if (timing.no_data == NoData::kOk) return ended("vanished");
    if (timing.no_data == NoData::kKeep) {
      if (!alerts && !held && !holds_since) held_in_.clear();
      return "none";
    }
    if (silence || held) return "none";
    silence = true;
    holds_since.reset();
    if (alerts) return "no data began";
    alerts = true;
    by_condition = false;
    return "fired";
  }
  std::string time_passes(std::int64_t now) {
    if (!alerts && holds_since && last_has_value_ && now - *holds_since >= timing.for_ms) return fire();
    if (alerts && !silence && over_since && now - *over_since >= timing.keep_firing_ms) return resolve("recovered");
    return "none";
  }
  std::string missed() { return ++misses_ >= 2 ? ended("vanished") : "none"; }
  std::string ended(std::string why) {
    held_in_.clear();
    misses_ = 0;
    held = false;
    if (alerts) return resolve(std::move(why));
    return std::exchange(holds_since, std::nullopt) ? "pending ended" : "none";
  }
  std::string by_hand() {
    if (!alerts) return "none";
    held = true;
    return resolve("by hand");
  }

 private:
  std::string fire() {
    alerts = by_condition = true;
    holds_since.reset();
    return "fired";
  }
  std::string resolve(std::string why) {
    alerts = silence = by_condition = false;
    over_since.reset();
    return why;
  }

  std::vector<std::int64_t> times_;
  std::vector<bool> held_in_;
  int misses_ = 0;
  bool last_has_value_ = false;
  bool alerts = false;        // somebody was told
  bool by_condition = false;  // because of the condition, not for want of data alone
  bool silence = false;       // for want of data at present
  bool held = false;
  std::optional<std::int64_t> holds_since, over_since;
};

Timing random_timing(std::mt19937& random) {
  Timing out;
  out.for_ms = random() % 2 == 0 ? 0 : 1000 * static_cast<std::int64_t>(random() % 8);
  out.keep_firing_ms = random() % 2 == 0 ? 0 : 1000 * static_cast<std::int64_t>(random() % 8);
  out.m = static_cast<std::uint8_t>(1 + (random() % 2 == 0 ? 0 : random() % 5));
  out.n = static_cast<std::uint8_t>(1 + random() % out.m);
  out.no_data = static_cast<NoData>(random() % 3);
  return out;
}

TEST(SeriesMachine, agrees_with_a_simple_reference_whatever_comes) {
  int fired = 0, resolved = 0, ignored = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    SeriesMachine machine;
    Reference reference;
    reference.timing = random_timing(random);
    std::int64_t now = kStart;
    bool alerting = false;
    for (int i = 0; i < 120; ++i) {
      now += static_cast<std::int64_t>(random() % 3) * 1000;
      Step step;
      std::string expected;
      switch (random() % 16) {
        default: {
          auto verdict = static_cast<Verdict>(random() % 8 == 0 ? 2 : random() % 2);
          const bool recovered = verdict == Verdict::kFalse && random() % 4 != 0;
          // Results come late, twice, and in any order.
          const auto time = now - static_cast<std::int64_t>(random() % 4 == 0 ? random() % 5 : 0) * 1000;
          step = machine.observe(reference.timing, verdict, recovered, time);
          expected = reference.result(verdict, recovered, time);
          break;
        }
        case 0:
          if (machine.newest_ms() == SeriesMachine::kNever) continue;
          step = machine.no_data(reference.timing, now);
          expected = reference.nothing_comes();
          break;
        case 1:
        case 2:
          step = machine.tick(reference.timing, now);
          expected = reference.time_passes(now);
          break;
        case 3:
          step = machine.missed(2);
          expected = reference.missed();
          break;
        case 4:
          if (random() % 4 != 0) continue;
          step = machine.end(Resolution::kPaused);
          expected = reference.ended("paused");
          break;
        case 5:
          if (random() % 2 != 0) continue;
          step = machine.resolve_by_hand();
          expected = reference.by_hand();
          break;
        case 6: {  // the rule is edited: its times apply from now on, m of a rule is another rule
          auto edited = random_timing(random);
          reference.timing.for_ms = edited.for_ms;
          reference.timing.keep_firing_ms = edited.keep_firing_ms;
          continue;
        }
        case 7:
          machine = restarted(machine);
          continue;
      }
      ASSERT_EQ(event_of(step), expected) << "seed " << seed << " step " << i;
      if (step.event == Event::kFired) {
        ASSERT_FALSE(std::exchange(alerting, true)) << "seed " << seed << " step " << i;
        ++fired;
      } else if (step.event == Event::kResolved) {
        ASSERT_TRUE(std::exchange(alerting, false)) << "seed " << seed << " step " << i;
        ++resolved;
      }
      ignored += step.event == Event::kIgnored ? 1 : 0;
      ASSERT_EQ(machine.alerting(), alerting);
    }
  }
  // The sequences are worth something only if they lead everywhere.
  EXPECT_GT(fired, 3000);
  EXPECT_GT(resolved, 3000);
  EXPECT_GT(ignored, 3000);
}

}  // namespace
}  // namespace holter::alert
