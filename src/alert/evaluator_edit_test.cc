// Edits of rules, restarts and bounds.
#include <random>

#include "alert/test_evaluator.h"

namespace holter::alert {
namespace {

using model::Resolution;
using model::State;

constexpr const char* kFull = "used / total > 0.9";

TEST_F(EvaluatorTest, keeps_states_of_rules_that_are_the_same) {
  auto full = rule("DiskFull", kFull, "disk");
  full.hold_for = seconds(60);
  set_rules({full});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  set_rules({full, rule("Other", kFull, "disk")});
  now_ += kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), (Lines{"fired DiskFull web /", "fired Other web /"}));
  full.hold_for = seconds(3600);
  set_rules({full});
  EXPECT_EQ(sink_.take(), Lines{"resolved Other web /: rule gone"});
  EXPECT_EQ(evaluator_->stats().alerts, 1U);
}

TEST_F(EvaluatorTest, ends_alerts_of_rules_that_mean_something_else_or_are_off) {
  auto full = rule("DiskFull", kFull, "disk");
  set_rules({full});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  full.expression = "used / total > 0.94";
  set_rules({full});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: rule gone"});
  now_ += kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{"fired DiskFull web /"});
  full.enabled = false;
  set_rules({full});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: rule gone"});
  EXPECT_EQ(evaluator_->stats().series, 0U);
}

TEST_F(EvaluatorTest, announces_alerts_anew_when_labels_are_edited) {
  auto full = rule("DiskFull", kFull, "disk");
  set_rules({full});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  now_ += kMinute;
  full.severity = model::Severity::kCritical;
  set_rules({full});
  EXPECT_EQ(sink_.take(), (Lines{"resolved DiskFull web /: rule gone", "fired DiskFull web /"}));
  EXPECT_EQ(model::label_of(sink_.last.labels, "severity"), "critical");
  EXPECT_EQ(epoch_ms(sink_.last.starts), kStart) << "it is the same alert";
  full.annotations = {{"runbook", "x"}};
  set_rules({full});
  EXPECT_EQ(sink_.take(), Lines{"changed DiskFull web /"});
  set_rules({full});
  EXPECT_EQ(sink_.take(), Lines{});
  auto edited = web;
  edited.labels = std::make_shared<model::Labels>(model::Labels{{"team", "x"}});
  evaluator_->on_monitor_edited({&edited, ""}, ++now_);
  EXPECT_EQ(sink_.take(), (Lines{"resolved DiskFull web /: vanished", "fired DiskFull web /"}));
  EXPECT_EQ(model::label_of(sink_.last.labels, "team"), "x");
}

TEST_F(EvaluatorTest, refuses_a_list_of_rules_as_a_whole) {
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  auto hours = rule("Hours", "rows > 1", "disk");
  hours.active_hours = "mon-fri";
  EXPECT_EQ(evaluator_->set_rules({hours}, now_).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(evaluator_->set_rules({rule("Wrong", "stat == 'UP'")}, now_).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(sink_.take(), Lines{});
  EXPECT_EQ(evaluator_->stats().alerts, 1U);
}

TEST_F(EvaluatorTest, says_which_rule_cannot_be_asked_of_a_set) {
  set_rules({rule("Typo", "usd > 1", "disk"), rule("DiskFull", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), (Lines{"broken Typo", "fired DiskFull web /"}));
  EXPECT_TRUE(sink_.last_error.contains("did you mean \"used\"")) << sink_.last_error;
  bool seen = false;
  for (const auto& status : evaluator_->rules())
    if (status.rule->name == "Typo") seen = !status.error.empty();
  EXPECT_TRUE(seen);
}

TEST_F(EvaluatorTest, follows_a_definition_that_has_been_replaced) {
  set_rules({rule("DiskFull", kFull, "disk")});
  auto web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  auto other = std::make_shared<model::Definition>(*definition_);
  std::swap(other->sets[1].fields[1], other->sets[1].fields[2]);  // total, used
  web.definition = other;
  evaluator_->on_definitions_changed();
  now_ += kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{}) << "100 of 95 is more than 0.9, too";
  now_ += kMinute;
  disks(web, {{"/", 200}});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: recovered"});
}

TEST_F(EvaluatorTest, goes_on_after_a_restart_in_every_state) {
  auto full = rule("DiskFull", kFull, "disk");
  full.hold_for = seconds(120);
  auto now = rule("Now", kFull, "disk");
  set_rules({full, now});
  const auto& web = add("web");
  disks(web, {{"/", 95}});
  sink_.take();
  auto held = sink_.last.labels;
  EXPECT_TRUE(restart({full, now}).empty());
  EXPECT_EQ(sink_.take(), Lines{}) << "what fires is known";
  now_ += 2 * kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{"fired DiskFull web /"}) << "pending has gone on";
  EXPECT_TRUE(evaluator_->resolve_by_hand(held, now_));
  EXPECT_EQ(sink_.take(), Lines{"resolved Now web /: by hand"});
  EXPECT_TRUE(restart({full, now}).empty());
  now_ += kMinute;
  disks(web, {{"/", 95}});
  EXPECT_EQ(sink_.take(), Lines{}) << "held has gone on";
  now_ += kMinute;
  disks(web, {{"/", 5}});
  EXPECT_EQ(sink_.take(), Lines{"resolved DiskFull web /: recovered"});
}

TEST_F(EvaluatorTest, says_what_could_not_be_restored_and_why) {
  set_rules({rule("DiskFull", kFull, "disk"), rule("Other", kFull, "disk")});
  disks(add("web"), {{"/", 95}});
  disks(add("db"), {{"/", 95}});
  EXPECT_EQ(sink_.firing.size(), 4U);
  monitors_.pop_back();
  auto other = rule("Other", "used > 1", "disk");
  auto left = restart({rule("DiskFull", kFull, "disk"), other});
  EXPECT_EQ(left.size(), 3U);
  for (const auto& [record, why] : left) {
    EXPECT_TRUE(sink_.firing.contains(record.fingerprint.value));
    EXPECT_EQ(why, record.rule == "Other" ? Resolution::kRuleGone : Resolution::kDeleted);
  }
  EXPECT_EQ(evaluator_->stats().alerts, 1U);
}

TEST_F(EvaluatorTest, makes_no_more_alerts_than_its_bounds_and_says_so_once) {
  evaluator_ =
      std::make_unique<Evaluator>(account_, sink_, nullptr, Bounds{.alerts_of_rule = 2, .alerts = 3, .series = 100});
  set_rules({rule("A", kFull, "disk"), rule("B", kFull, "disk")});
  const auto& web = add("web");
  disks(web, {{"/a", 95}, {"/b", 95}, {"/c", 95}, {"/d", 95}});
  EXPECT_EQ(sink_.take(), (Lines{"fired A web /a", "fired A web /b", "limited A: alerts of the rule", "fired B web /a",
                                 "limited B: alerts"}));
  EXPECT_EQ(evaluator_->stats().refused, 5U);
  EXPECT_EQ(evaluator_->stats().series, 3U);
  now_ += kMinute;
  disks(web, {{"/a", 5}, {"/b", 95}, {"/c", 95}, {"/d", 95}});
  EXPECT_EQ(sink_.take(),
            (Lines{"resolved A web /a: recovered", "fired A web /c", "resolved B web /a: recovered", "fired B web /b"}))
      << "there is room again";
}

TEST_F(EvaluatorTest, takes_no_more_than_its_account_has_and_gives_it_back) {
  memory::Account small("small", nullptr, 200'000);
  evaluator_ = std::make_unique<Evaluator>(small, sink_);
  set_rules({rule("DiskFull", kFull, "disk")});
  const auto idle = small.held();
  const auto& web = add("web");
  std::vector<Disk> many;
  for (int i = 0; i < 3000; ++i) many.push_back({fmt::format("/{}", i), 95});
  disks(web, many);
  const auto stats = evaluator_->stats();
  EXPECT_GT(stats.alerts, 300U);
  EXPECT_EQ(stats.alerts + stats.refused, 3000U);
  EXPECT_LE(small.held(), 200'000U);
  EXPECT_EQ(sink_.lines.back(), "limited DiskFull: memory");
  evaluator_->on_monitor_gone(web.id, ++now_);
  tick();
  EXPECT_TRUE(sink_.firing.empty());
  EXPECT_LE(small.held(), idle + 4096);
  evaluator_.reset();
  EXPECT_EQ(small.held(), 0U);
}

TEST_F(EvaluatorTest, has_regular_expressions_on_its_account) {
  const auto plain = account_.held();
  set_rules({rule("Match", "monitor =~ 'web-[0-9]+' and state == 'DOWN'")});
  EXPECT_GE(account_.held(), plain + expr::kRegexBytes);
  set_rules({});
  set_rules({rule("OfSet", "mount =~ '/srv/.*'", "disk")});
  const auto before = account_.held();
  disks(add("web"), {{"/home", 5}});
  EXPECT_GE(account_.held(), before + expr::kRegexBytes);
  memory::Account small("small", nullptr, 100'000);
  Evaluator evaluator(small, sink_);
  EXPECT_EQ(evaluator.set_rules({rule("Match", "monitor =~ 'web-[0-9]+'")}, now_).error().code(),
            ErrorCode::kResourceExhausted);
}

TEST_F(EvaluatorTest, moves_what_is_kept_together_when_most_has_gone) {
  set_rules({rule("DiskFull", kFull, "disk")});
  std::vector<Disk> many;
  for (int i = 0; i < 500; ++i) many.push_back({fmt::format("/{}", i), 95});
  for (const char* name : {"a", "b", "c", "d"}) disks(add(name), many);
  const auto full = account_.held();
  for (const char* name : {"a", "c", "d"}) evaluator_->on_monitor_gone({stable_hash(std::string(name))}, ++now_);
  tick();
  EXPECT_LT(account_.held(), full / 2);
  now_ += kMinute;
  sink_.take();
  for (auto& disk : many) disk.used = 5;
  disks(monitors_[1], many);
  EXPECT_EQ(sink_.take().size(), 500U);
  EXPECT_TRUE(sink_.firing.empty());
}

TEST_F(EvaluatorTest, looks_at_no_more_series_in_a_tick_than_it_may) {
  auto full = rule("DiskFull", kFull, "disk");
  full.hold_for = seconds(30);
  set_rules({full});
  const auto& web = add("web");
  disks(web, {{"/a", 95}, {"/b", 95}, {"/c", 95}});
  now_ += kMinute / 2;
  EXPECT_FALSE(evaluator_->tick(now_, nullptr, 2));
  EXPECT_EQ(sink_.take().size(), 2U);
  EXPECT_TRUE(evaluator_->tick(now_, nullptr, 2));
  EXPECT_EQ(sink_.take().size(), 1U);
}

TEST_F(EvaluatorTest, makes_alerts_of_the_rows_of_a_query) {
  Rule query;
  query.name = "Query";
  query.kind = RuleKind::kPeriodic;
  query.query = "SELECT 1";
  query.interval = seconds(60);
  set_rules({query});
  auto answer = [&](std::vector<QueryRow> rows) {
    ASSERT_TRUE(evaluator_->on_query("Query", rows, now_).has_value());
    now_ += kMinute;
  };
  answer({{{{"mount", "/a"}}, "1"}, {{{"mount", "/b"}}, "2"}});
  EXPECT_EQ(sink_.take(), (Lines{"fired Query  /a", "fired Query  /b"}));
  EXPECT_EQ(sink_.evidence.values, (model::Labels{{"value", "2"}}));
  answer({{{{"mount", "/b"}}, "3"}});
  EXPECT_EQ(sink_.take(), Lines{"resolved Query  /a: recovered"});
  EXPECT_EQ(evaluator_->on_query("None", {}, now_).error().code(), ErrorCode::kNotFound);
}

/// The sink checks at each step that fired and resolved alternate for each fingerprint, with the same labels and begin.
TEST_F(EvaluatorTest, tells_each_alert_in_turns_whatever_happens) {
  std::mt19937 random(7);
  std::vector<Rule> rules{rule("A", kFull, "disk"), rule("B", "state == 'DOWN'"), rule("C", kFull, "disk")};
  rules[0].no_data = NoData::kAlert;
  rules[0].recovery = "used < 50";
  rules[1].hold_for = seconds(60);
  rules[2].n = 2, rules[2].m = 3;
  rules[2].keep_firing_for = seconds(120);
  set_rules(rules);
  for (const char* name : {"x", "y", "z"}) add(name);
  std::size_t told = 0;
  for (int i = 0; i < 6000; ++i) {
    now_ += static_cast<std::int64_t>(random() % 3) * 30'000;
    auto& monitor = monitors_[random() % monitors_.size()];
    switch (random() % 16) {
      case 0:
        evaluator_->on_monitor_paused(monitor.id, now_);
        break;
      case 1:
        evaluator_->on_monitor_unreachable(monitor.id, now_);
        break;
      case 2:
        if (!sink_.firing.empty()) evaluator_->resolve_by_hand(sink_.firing.begin()->second.labels, now_);
        break;
      case 3:
        rules[random() % 3].severity = random() % 2 == 0 ? model::Severity::kInfo : model::Severity::kWarning;
        set_rules(rules);
        break;
      case 4:
        if (random() % 4 == 0) rules[random() % 3].m = 3 + random() % 2;
        set_rules(rules);
        break;
      case 5:
        monitor.labels = std::make_shared<model::Labels>(model::Labels{{"team", random() % 2 == 0 ? "a" : "b"}});
        break;
      case 6:
        // Whoever keeps alerts ends those that have no place any more: of a monitor that was edited meanwhile.
        for (const auto& [record, why] : restart(rules)) EXPECT_EQ(sink_.firing.erase(record.fingerprint.value), 1U);
        break;
      case 7:
      case 8:
        tick();
        break;
      case 9:
      case 10:
        basic(monitor, 1, random() % 2 == 0 ? State::kDown : random() % 2 == 0 ? State::kUp : State::kUnreachable);
        break;
      default: {
        std::vector<Disk> rows;
        for (const char* mount : {"/", "/a", "/b"})
          if (random() % 4 != 0) rows.push_back({mount, static_cast<double>(random() % 110)});
        if (!rows.empty() && random() % 8 == 0) rows.front().used.reset();
        disks(monitor, rows);
      }
    }
    told += sink_.take().size();
    ASSERT_EQ(sink_.firing.size(), evaluator_->stats().alerts) << i;
    ASSERT_FALSE(HasFailure()) << i;
  }
  EXPECT_GT(told, 1000U);
  for (const auto& monitor : monitors_) evaluator_->on_monitor_gone(monitor.id, ++now_);
  EXPECT_TRUE(sink_.firing.empty());
  EXPECT_EQ(evaluator_->stats().series, 0U);
}

}  // namespace
}  // namespace holter::alert
