#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "batch/builder.h"
#include "latest/latest.h"
#include "memory/arrow_pool.h"
#include "testing/fake_clock.h"

namespace holter::latest {
namespace {

using model::ResultCode;
using model::State;

class Reachability : public ::testing::Test {
 protected:
  Reachability() {
    auto definition = std::make_shared<model::Definition>();
    definition->app = "port";
    definition->sets.push_back({.name = "summary", .priority = 0});
    definition_ = definition;
    latest.on_change([this](const StateChange& change) {
      auto& told = told_.try_emplace(change.monitor.name, State::kUnknown).first->second;
      EXPECT_EQ(told, change.before) << change.monitor.name;
      EXPECT_NE(change.before, change.now) << change.monitor.name;
      told = change.now;
      changes.push_back(fmt::format("{} {}", change.monitor.name, model::to_string(change.now)));
    });
  }
  static MonitorId id(const std::string& name) { return {stable_hash(name)}; }
  void add(const std::string& name, const std::vector<std::string>& parents = {}) {
    auto& monitor = monitors_.emplace_back(model::Monitor{
        .id = id(name), .name = name, .definition = definition_, .labels = std::make_shared<model::Labels>()});
    ASSERT_TRUE(latest.add(monitor));
    depend(name, parents);
  }
  void depend(const std::string& name, const std::vector<std::string>& parents) {
    std::vector<MonitorId> ids;
    for (const auto& parent : parents) ids.push_back(id(parent));
    ASSERT_TRUE(latest.set_parents(id(name), ids));
  }
  /// A check that began so long ago.
  void round(const std::string& name, bool good, milliseconds ago = {}) {
    builder.add_round(id(name), "summary", epoch_ms(clock.wall() - ago), 250,
                      good ? ResultCode::kSuccess : ResultCode::kTimeout, good ? "" : "no answer");
    latest.apply(*builder.finish().value());
  }
  void good(const std::string& name) { round(name, true); }
  void bad(const std::string& name) { round(name, false); }
  State state(const std::string& name) { return latest.status(id(name))->state; }
  std::string because(const std::string& name) { return latest.unreachable_because(id(name)); }

  holter::testing::FakeClock clock;
  memory::Account account{"process", nullptr, 8 << 20};
  memory::ArrowPool pool{account, "test"};
  batch::Builder builder{pool, 1000};
  std::shared_ptr<const model::Definition> definition_;
  std::deque<model::Monitor> monitors_;
  std::map<std::string, State> told_;
  std::vector<std::string> changes;
  Latest latest{clock, account};
};

TEST_F(Reachability, the_table_of_states) {
  struct Row {
    const char* parent;  // what its parent is
    const char* child;   // what the newest check of the child was
    State shown;
  };
  const Row rows[] = {
      {"UP", "good", State::kUp},          {"UP", "bad", State::kDown},
      {"DOWN", "good", State::kUp},        {"DOWN", "bad", State::kUnreachable},
      {"UNREACHABLE", "good", State::kUp}, {"UNREACHABLE", "bad", State::kUnreachable},
      {"UNKNOWN", "good", State::kUp},     {"UNKNOWN", "bad", State::kDown},
      {"PAUSED", "good", State::kUp},      {"PAUSED", "bad", State::kDown},
      {"STALE", "good", State::kUp},       {"STALE", "bad", State::kDown},
      {"not there", "good", State::kUp},   {"not there", "bad", State::kDown},
      {"DOWN", "none", State::kUnknown},   {"DOWN", "paused", State::kPaused},
      {"DOWN", "too old", State::kStale},
  };
  int number = 0;
  for (const auto& row : rows) {
    auto name = [&](const char* what) { return fmt::format("{} {}", what, number); };
    ++number;
    std::string is = row.parent, was = row.child;
    add(name("top"));
    if (is != "not there") add(name("parent"), {name("top")});
    add(name("child"), {name("parent")});
    auto parent = [&] {
      if (is == "UP") good(name("parent"));
      if (is == "UNREACHABLE") bad(name("top"));
      if (is == "DOWN" || is == "UNREACHABLE" || is == "PAUSED" || is == "STALE") bad(name("parent"));
      if (is == "PAUSED") latest.set_paused(id(name("parent")), PauseReason::kUser, "", epoch_ms(clock.wall()));
    };
    parent();
    if (is == "STALE") clock.advance(seconds(131));
    if (was == "too old") {
      bad(name("child"));
      clock.advance(seconds(131));
      parent();
    }
    if (was == "good") good(name("child"));
    if (was == "bad" || was == "paused") bad(name("child"));
    if (was == "paused") latest.set_paused(id(name("child")), PauseReason::kUser, "", epoch_ms(clock.wall()));
    EXPECT_EQ(state(name("child")), row.shown) << "parent " << is << ", child " << was;
    if (is != "not there") EXPECT_EQ(model::to_string(state(name("parent"))), is);
    EXPECT_EQ(because(name("child")).empty(), row.shown != State::kUnreachable);
  }
}

TEST_F(Reachability, the_reason_names_the_parent_and_the_result_stays_as_measured) {
  add("router-1");
  add("switch-2", {"router-1"});
  add("web", {"switch-2"});
  bad("router-1");
  bad("switch-2");
  bad("web");
  EXPECT_EQ(because("switch-2"), "parent 'router-1' is down");
  EXPECT_EQ(because("web"), "parent 'switch-2' is unreachable");
  auto status = *latest.status(id("web"));
  EXPECT_EQ(status.code, ResultCode::kTimeout);
  EXPECT_EQ(status.message, "no answer");
  EXPECT_EQ(latest.set_status(id("web"), "summary")->code, ResultCode::kTimeout);
}

TEST_F(Reachability, a_parent_that_goes_down_takes_those_along_that_are_down_already) {
  add("router");
  add("web", {"router"});
  add("mail", {"router"});
  good("router");
  good("mail");
  bad("web");
  clock.advance(seconds(5));
  changes.clear();
  bad("router");
  EXPECT_EQ(changes, (std::vector<std::string>{"router DOWN", "web UNREACHABLE"}));
  EXPECT_EQ(latest.status(id("web"))->since_ms, epoch_ms(clock.wall()));
  EXPECT_EQ(state("mail"), State::kUp);
}

TEST_F(Reachability, when_the_parent_is_up_again_a_child_is_down_once_it_failed_anew) {
  add("router");
  add("web", {"router"});
  bad("router");
  bad("web");
  clock.advance(seconds(10));
  changes.clear();
  good("router");
  EXPECT_EQ(state("web"), State::kUnreachable);
  EXPECT_EQ(because("web"), "parent 'router' is up again; the next check decides");
  // Begun before the router answered, and timed out since.
  clock.advance(seconds(3));
  round("web", false, seconds(4));
  EXPECT_EQ(state("web"), State::kUnreachable);
  EXPECT_EQ(changes, (std::vector<std::string>{"router UP"}));
  clock.advance(seconds(60));
  bad("web");
  EXPECT_EQ(state("web"), State::kDown);
  EXPECT_EQ(because("web"), "");
  EXPECT_EQ(latest.status(id("web"))->since_ms, epoch_ms(clock.wall()));
  EXPECT_EQ(changes, (std::vector<std::string>{"router UP", "web DOWN"}));
}

TEST_F(Reachability, the_way_back_goes_step_by_step) {
  add("core");
  add("rack", {"core"});
  add("web", {"rack"});
  for (auto name : {"core", "rack", "web"}) bad(name);
  clock.advance(seconds(1));
  good("core");
  EXPECT_EQ(state("rack"), State::kUnreachable);
  EXPECT_EQ(because("web"), "parent 'rack' is unreachable");
  clock.advance(seconds(1));
  bad("rack");
  EXPECT_EQ(state("rack"), State::kDown);
  EXPECT_EQ(because("web"), "parent 'rack' is down");
  clock.advance(seconds(1));
  good("rack");
  clock.advance(seconds(1));
  good("web");
  for (auto name : {"core", "rack", "web"}) EXPECT_EQ(state(name), State::kUp) << name;
}

TEST_F(Reachability, a_clock_that_is_set_hides_no_failure) {
  add("router");
  add("web", {"router"});
  bad("router");
  bad("web");
  clock.advance(seconds(1));
  good("router");
  clock.set_wall(clock.wall() - std::chrono::hours(5));
  clock.advance(seconds(1));
  bad("web");
  EXPECT_EQ(state("web"), State::kDown);
}

TEST_F(Reachability, follows_changes_of_what_it_depends_on) {
  add("router");
  add("other");
  add("web", {"router"});
  bad("router");
  good("other");
  bad("web");
  changes.clear();
  depend("web", {"other"});
  EXPECT_EQ(state("web"), State::kDown);
  depend("web", {"other", "router"});
  EXPECT_EQ(state("web"), State::kUnreachable);
  latest.set_paused(id("router"), PauseReason::kUser, "", epoch_ms(clock.wall()));
  EXPECT_EQ(state("web"), State::kDown);
  told_["router"] = State::kUnknown;  // after a pause it is told anew
  latest.set_paused(id("router"), PauseReason::kNone, "", epoch_ms(clock.wall()));
  EXPECT_EQ(state("web"), State::kUnreachable);
  latest.remove(id("router"));
  EXPECT_EQ(state("web"), State::kDown);
  EXPECT_EQ(changes, (std::vector<std::string>{"web DOWN", "web UNREACHABLE", "web DOWN", "router DOWN",
                                               "web UNREACHABLE", "web DOWN"}));
  // One that comes again under the same id is its parent again.
  add("router");
  told_.erase("router");
  bad("router");
  EXPECT_EQ(state("web"), State::kUnreachable);
  latest.forget_parent(id("router"));
  EXPECT_EQ(state("web"), State::kDown);
}

TEST_F(Reachability, costs_a_monitor_without_parents_nothing) {
  add("alone");
  auto before = latest.stats().bytes;
  depend("alone", {});
  EXPECT_EQ(latest.stats().bytes, before);
  add("router");
  auto two = latest.stats().bytes;
  EXPECT_EQ(two - before, before);
  depend("alone", {"router"});
  EXPECT_EQ(latest.stats().bytes - two, 2 * 80U + 32U);
  latest.remove(id("alone"));
  EXPECT_EQ(latest.stats().bytes, two);  // a hole stays, the graph does not
}

/// What a monitor should be shown as, worked out the slow way.
struct Naive {
  struct One {
    std::vector<int> parents;
    State own = State::kUnknown;
    bool paused = false;
    MonoTime heard{};
    std::optional<MonoTime> failed, recovered;
  };
  std::vector<One> all;

  State shown(int i, MonoTime now) const {
    const auto& one = all[static_cast<std::size_t>(i)];
    if (one.paused) return State::kPaused;
    if (one.own == State::kUnknown) return one.own;
    if (now - one.heard > seconds(130)) return State::kStale;
    if (one.own == State::kUp) return one.own;
    for (auto parent : one.parents) {
      auto above = shown(parent, now);
      if (above == State::kDown || above == State::kUnreachable) return State::kUnreachable;
      const auto& recovered = all[static_cast<std::size_t>(parent)].recovered;
      if (above == State::kUp && recovered && one.failed < *recovered) return State::kUnreachable;
    }
    return State::kDown;
  }
  void heard_of(int i, bool good, MonoTime now) {
    auto& one = all[static_cast<std::size_t>(i)];
    if (good && one.own == State::kDown) one.recovered = now;
    if (!good) one.failed = now;
    one.own = good ? State::kUp : State::kDown;
    one.heard = now;
  }
};

class RandomTrees : public Reachability, public ::testing::WithParamInterface<unsigned> {};

TEST_P(RandomTrees, are_shown_as_a_naive_model_says) {
  std::mt19937 random(GetParam());
  constexpr int kMonitors = 14;
  Naive naive;
  auto name = [](int i) { return fmt::format("m{}", i); };
  std::vector<std::vector<int>> children(kMonitors);
  for (int i = 0; i < kMonitors; ++i) {
    auto& one = naive.all.emplace_back();
    std::vector<std::string> parents;
    for (auto wanted = i == 0 ? 0 : random() % 3 + (GetParam() % 2); wanted > 0; --wanted) {
      auto parent = static_cast<int>(random() % static_cast<unsigned>(i));
      if (std::ranges::find(one.parents, parent) != one.parents.end()) continue;
      one.parents.push_back(parent);
      parents.push_back(name(parent));
      children[static_cast<std::size_t>(parent)].push_back(i);
    }
    add(name(i), parents);
  }
  int unreachable = 0;
  for (int step = 0; step < 3000; ++step) {
    clock.advance(seconds(random() % 12));
    auto at = static_cast<int>(random() % kMonitors);
    auto& one = naive.all[static_cast<std::size_t>(at)];
    auto was_shown = naive.shown(at, clock.mono());
    auto what = random() % 20;
    if (what == 0) {
      one.paused = !one.paused;
      auto reason = one.paused ? PauseReason::kMemory : PauseReason::kNone;
      if (!one.paused && clock.mono() - one.heard > seconds(120)) one.own = State::kUnknown;
      if (!one.paused) told_[name(at)] = State::kUnknown;
      latest.set_paused(id(name(at)), reason, "", epoch_ms(clock.wall()));
    } else {
      bool success = what % 2 == 0;
      naive.heard_of(at, success, clock.mono());
      round(name(at), success);
    }
    for (int i = 0; i < kMonitors; ++i) {
      auto shown = naive.shown(i, clock.mono());
      unreachable += shown == State::kUnreachable ? 1 : 0;
      ASSERT_EQ(state(name(i)), shown) << "step " << step << ", " << name(i);
      ASSERT_EQ(because(name(i)).empty(), shown != State::kUnreachable) << "step " << step << ", " << name(i);
    }
    auto told_the_same = [&](int i) {
      bool linked =
          !children[static_cast<std::size_t>(i)].empty() || !naive.all[static_cast<std::size_t>(i)].parents.empty();
      auto shown = naive.shown(i, clock.mono());
      if (linked && shown != State::kPaused && shown != State::kStale)
        ASSERT_EQ(told_.try_emplace(name(i), State::kUnknown).first->second, shown)
            << "step " << step << ", " << name(i);
    };
    told_the_same(at);
    // Where other parents grew STALE by mere time, nobody was told.
    if (naive.shown(at, clock.mono()) == was_shown) continue;
    for (auto child : children[static_cast<std::size_t>(at)]) told_the_same(child);
  }
  EXPECT_GT(unreachable, 1000);
}

INSTANTIATE_TEST_SUITE_P(seeds, RandomTrees, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace holter::latest
