// Rounds of many monitors with random definitions against targets that do anything, over hours of fake time.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "collect/test_rounds.h"

namespace holter::collect {
namespace {

using model::ResultCode;

// Monitors of the longest test: a minute of CPU for a thousand under a sanitizer.
#ifdef HOLTER_SANITIZED
constexpr std::size_t kMany = 250;
#else
constexpr std::size_t kMany = 1000;
#endif
constexpr milliseconds kTimeout{1000};
// A round has at most four levels; a set that is asked per row has at most eight, four at once. And the longest time
// that a target keeps an answer of its own beyond the deadline is nobody's business.
constexpr milliseconds kLongestRound = 4 * 2 * kTimeout + milliseconds(500);

/// Does anything that the contract of a probe allows, and some things that it does not.
class Chaos final : public test::Target {
 public:
  Chaos(unsigned seed, test::FakeShard*& shard) : random_(seed), shard_(shard) {}

  void start(test::TargetProbe& probe, Attempt& attempt) override {
    auto kind = pick(100);
    if (dead(probe)) kind = 99;
    if (kind < 2 && refuses_memory) throw std::bad_alloc();
    EXPECT_TRUE(running_.try_emplace(&attempt, Running{++serial_}).second) << "started while it runs";
    auto& running = running_[&attempt];
    if (kind < 60) return end(attempt, ResultCode::kSuccess);
    if (kind < 66) return end(attempt, ResultCode::kFail);
    if (kind < 80) return later(attempt, milliseconds(1 + pick(900)), ResultCode::kSuccess);
    if (kind < 84) return later(attempt, milliseconds(1 + pick(900)), ResultCode::kUnconnectable);
    if (kind < 88) running.at_cancel = AtCancel::kLetsGo;
    if (kind >= 88 && kind < 92) running.at_cancel = AtCancel::kAnswers;
    if (kind >= 92 && kind < 95) later(attempt, kTimeout + milliseconds(pick(3000)), ResultCode::kSuccess);  // too late
    if (kind >= 95 && kind < 98) later(attempt, std::chrono::minutes(10), ResultCode::kFail);
    // Else it hangs, and never lets go.
  }
  void cancel(test::TargetProbe&, Attempt& attempt) override {
    auto found = running_.find(&attempt);
    ASSERT_NE(found, running_.end()) << "cancelled, but it does not run";
    if (found->second.at_cancel == AtCancel::kLetsGo) return end(attempt, ResultCode::kUnreachable);
    if (found->second.at_cancel == AtCancel::kAnswers)
      later(attempt, milliseconds(1 + pick(2000)), ResultCode::kSuccess);
  }
  /// From now on the targets of these monitors answer nothing, and what runs never ends.
  void die(std::size_t from, std::size_t to) {
    dead_from_ = from;
    dead_to_ = to;
  }
  void never_answer_again() { silent_ = true; }
  /// Some attempts cannot begin for want of memory: then fewer rounds are in flight, and monitors come late.
  bool refuses_memory = false;
  std::size_t running() const { return running_.size(); }
  std::uint64_t started() const { return serial_; }

 private:
  enum class AtCancel : std::uint8_t { kNothing, kLetsGo, kAnswers };
  struct Running {
    std::uint64_t serial = 0;
    AtCancel at_cancel = AtCancel::kNothing;
  };
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool dead(const test::TargetProbe& probe) const {
    auto monitor = std::stoul(probe.ask);
    return silent_ || (monitor >= dead_from_ && monitor < dead_to_);
  }
  void later(Attempt& attempt, milliseconds delay, ResultCode code) {
    auto serial = running_[&attempt].serial;
    shard_->at(shard_->clock.mono() + delay, [this, &attempt, serial, code] {
      auto found = running_.find(&attempt);
      if (found != running_.end() && found->second.serial == serial && !silent_) end(attempt, code);
    });
  }
  void end(Attempt& attempt, ResultCode code) {
    EXPECT_EQ(running_.erase(&attempt), 1u);
    if (code == ResultCode::kSuccess)
      for (auto rows = pick(9); rows > 0; --rows)
        if (attempt.table().add_row() && pick(10) > 0)
          (void)attempt.table().set(0, std::string_view(pick(20) == 0 ? "bad" : "value"));
    attempt.finish(code, code == ResultCode::kSuccess ? "" : "chaos");
  }

  std::mt19937 random_;
  test::FakeShard*& shard_;
  std::map<Attempt*, Running> running_;
  std::uint64_t serial_ = 0;
  std::size_t dead_from_ = 0, dead_to_ = 0;
  bool silent_ = false;
};

class RoundsProperty : public ::testing::TestWithParam<unsigned> {
 protected:
  void open(std::size_t memory_bytes) {
    SCOPED_TRACE(GetParam());
    holder_ = std::make_unique<test::FakeShard>(memory_bytes, 4096);
    shard_ = holder_.get();
    shard_->on_round = [this](MonitorId monitor, ResultCode code, WallTime ended) {
      auto& seen = seen_[monitor.value];
      seen.longest = std::max(seen.longest, ended - seen.last);
      seen.last = ended;
      ++seen.results;
      if (code == ResultCode::kTimeout) ++seen.timeouts;
    };
  }
  /// A monitor with one to four levels of one to three sets, some of which refer to earlier ones.
  void add(std::size_t number) {
    auto pick = [this](unsigned below) { return static_cast<unsigned>(random_() % below); };
    std::vector<test::SetSpec> specs;
    auto levels = 1 + pick(4);
    for (unsigned level = 0; level < levels; ++level) {
      for (auto sets = 1 + pick(3); sets > 0; --sets) {
        auto name = std::to_string(specs.size());
        std::string reference;
        if (level > 0 && pick(3) == 0)
          reference = " ^o^f" + std::to_string(pick(static_cast<unsigned>(specs.size()))) + "^o^";
        specs.push_back({.name = name,
                         .priority = static_cast<int>(level),
                         .ask = std::to_string(number) + reference,
                         .field = "f" + name,
                         .interval = seconds(pick(4) == 0 ? 90 + pick(300) : 0)});
      }
    }
    constexpr std::array<milliseconds, 3> kIntervals{milliseconds(15'000), milliseconds(60'000), milliseconds(100'000)};
    shard_->add(std::move(specs), kIntervals[pick(3)], static_cast<model::Criticality>(pick(3)));
    auto& monitor = shard_->monitors.back();
    seen_[monitor.id.value].last = shard_->clock.wall();
  }
  void add_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add(i);
  }
  /// Each monitor has had a result in every window of its interval and its longest round, from `begin` to now.
  void expect_none_stopped() {
    auto now = shard_->clock.wall();
    shard_->close();  // what was recorded comes out
    for (const auto& monitor : shard_->monitors) {
      const auto& seen = seen_[monitor.id.value];
      auto window = monitor.interval + kLongestRound;
      EXPECT_LE(seen.longest, window) << monitor.name << " was silent in between";
      EXPECT_LE(now - seen.last, window) << monitor.name << " has stopped";
      if (HasFailure()) return;
    }
  }

  struct Seen {
    WallTime last{};
    milliseconds longest{0};
    std::size_t results = 0, timeouts = 0;
  };
  std::map<std::uint64_t, Seen> seen_;
  std::mt19937 random_{GetParam()};
  test::FakeShard* shard_ = nullptr;
  Chaos chaos_{GetParam() + 1, shard_};
  std::unique_ptr<test::FakeShard> holder_;
};

TEST_P(RoundsProperty, no_monitor_ever_stops_whatever_targets_do) {
  open(std::size_t{1} << 30);
  add_many(kMany);
  shard_->advance(std::chrono::hours(1));
  const auto& counters = shard_->collector->counters();
  EXPECT_GT(counters.run.load(), 50 * kMany);
  EXPECT_EQ(counters.due.load(), counters.run.load() + counters.skipped.load() + counters.paused.load());
  expect_none_stopped();
  EXPECT_GT(chaos_.started(), 100 * kMany);
}

TEST_P(RoundsProperty, monitors_go_on_when_their_target_dies_in_the_middle_of_a_round) {
  open(std::size_t{1} << 30);
  add_many(300);
  shard_->advance(std::chrono::minutes(10));
  chaos_.die(0, 100);
  shard_->advance(std::chrono::hours(1));
  expect_none_stopped();
  for (std::size_t i = 0; i < 100; ++i) EXPECT_GT(seen_[shard_->monitors[i].id.value].timeouts, 30u) << i;
}

TEST_P(RoundsProperty, all_targets_fall_silent_at_once) {
  open(std::size_t{1} << 30);
  add_many(300);
  shard_->advance(std::chrono::minutes(5) + milliseconds(random_() % 10'000));
  chaos_.never_answer_again();
  shard_->advance(std::chrono::minutes(30));
  expect_none_stopped();
}

TEST_P(RoundsProperty, monitors_go_on_when_memory_is_there_again) {
  open(std::size_t{256} << 20);
  add_many(300);
  chaos_.refuses_memory = true;
  auto& account = shard_->rounds_account();
  for (int i = 0; i < 20; ++i) {
    shard_->advance(std::chrono::minutes(2));
    account.set_limit(account.held() + random_() % 20'000);
    shard_->collector->shrink();
    shard_->advance(std::chrono::minutes(2));
    account.set_limit(std::size_t{256} << 20);
  }
  EXPECT_GT(shard_->collector->counters().refused.load(), 1000u);
  chaos_.refuses_memory = false;
  shard_->advance(std::chrono::minutes(2));
  auto now = shard_->clock.wall();
  const auto& c = shard_->collector->counters();
  EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
  shard_->close();
  for (const auto& monitor : shard_->monitors)
    EXPECT_LE(now - seen_[monitor.id.value].last, monitor.interval + kLongestRound) << monitor.name << " has stopped";
}

TEST_P(RoundsProperty, monitors_may_be_removed_at_any_time) {
  open(std::size_t{1} << 30);
  add_many(200);
  for (int i = 0; i < 600; ++i) {
    shard_->advance(milliseconds(random_() % 5000));
    auto& jobs = shard_->collector->jobs();
    auto& job = *jobs[random_() % jobs.size()];
    const auto& monitor = job.monitor();
    shard_->collector->remove(job);
    shard_->load(monitor);
  }
  shard_->close();
}

INSTANTIATE_TEST_SUITE_P(seeds, RoundsProperty, ::testing::Values(1U, 2U, 3U));

}  // namespace
}  // namespace holter::collect
