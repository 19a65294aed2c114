// Periodic rules: what rows of answers, and answers that do not come, make of alerts.
#include "alert/test_evaluator.h"

namespace holter::alert {
namespace {

using Lines = std::vector<std::string>;
using model::State;

class EvaluatorQueryTest : public EvaluatorTest {
 protected:
  static Rule query(seconds hold_for = seconds(0)) {
    Rule rule;
    rule.name = "Query";
    rule.kind = RuleKind::kPeriodic;
    rule.query = "SELECT 1";
    rule.interval = seconds(60);
    rule.hold_for = hold_for;
    return rule;
  }
  static QueryRow row(std::string mount, std::string value = "1") {
    return {{{"mount", std::move(mount)}}, std::move(value)};
  }
  QueryOutcome answer(std::vector<QueryRow> rows) {
    auto outcome = evaluator_->on_query("Query", rows, now_, this);
    EXPECT_TRUE(outcome.has_value());
    now_ += kMinute;
    return outcome.value_or(QueryOutcome{});
  }
  /// Time passes without an answer, with a look at each interval.
  void fail(int intervals) {
    for (int i = 0; i < intervals; ++i) {
      tick();
      now_ += kMinute;
    }
    tick();
  }
};

TEST_F(EvaluatorQueryTest, while_no_answer_comes_all_stays_as_it_was) {
  set_rules({query()});
  answer({row("/a"), row("/b")});
  sink_.take();
  fail(100);
  EXPECT_EQ(sink_.take(), Lines{});
  answer({row("/b")});
  EXPECT_EQ(sink_.take(), Lines{"resolved Query  /a: recovered"});
}

TEST_F(EvaluatorQueryTest, what_is_pending_does_not_fire_for_want_of_an_answer) {
  set_rules({query(std::chrono::minutes(10))});
  answer({row("/a")});
  fail(30);
  EXPECT_EQ(sink_.take(), Lines{});
  answer({row("/a")});
  EXPECT_EQ(sink_.take(), Lines{"fired Query  /a"}) << "it holds, as far as anybody knows, since then";
}

TEST_F(EvaluatorQueryTest, a_rule_may_say_what_no_answer_means) {
  auto rule = query();
  rule.no_data_after = std::chrono::minutes(5);
  set_rules({rule});
  answer({row("/a")});
  sink_.take();
  fail(3);
  EXPECT_EQ(sink_.take(), Lines{});
  fail(3);
  EXPECT_EQ(sink_.take(), Lines{"resolved Query  /a: vanished"});
  rule.no_data_after = milliseconds(0);
  rule.no_data = NoData::kAlert;
  set_rules({rule});
  answer({row("/a")});
  sink_.take();
  fail(4);
  EXPECT_EQ(sink_.take(), Lines{"changed Query  /a (no data)"});
}

TEST_F(EvaluatorQueryTest, evidence_is_the_value_and_what_else_is_a_number) {
  set_rules({query()});
  auto of = row("/a", "95.5");
  of.values = {{"samples", "12"}};
  answer({of});
  EXPECT_EQ(sink_.evidence.values, (model::Labels{{"samples", "12"}, {"value", "95.5"}}));
  EXPECT_EQ(sink_.evidence.summary, "value=95.5");
}

TEST_F(EvaluatorQueryTest, evidence_is_kept_while_it_is_pending_and_no_longer) {
  set_rules({query(std::chrono::minutes(2))});
  answer({row("/a", "7")});
  answer({row("/a", "8")});
  answer({row("/a", "9")});
  EXPECT_EQ(sink_.take(), Lines{"fired Query  /a"});
  EXPECT_EQ(sink_.evidence.summary, "value=9");
  answer({row("/a", "10")});
  evaluator_->records([](const SeriesRecord& record) { EXPECT_EQ(record.evidence, Evidence()); });
}

TEST_F(EvaluatorQueryTest, of_rows_with_the_same_labels_the_first_counts) {
  set_rules({query()});
  auto outcome = answer({row("/a", "1"), row("/a", "2")});
  EXPECT_EQ(outcome.held, 1U);
  EXPECT_EQ(outcome.merged, 1U);
  EXPECT_EQ(sink_.evidence.summary, "value=1");
  EXPECT_EQ(sink_.take().size(), 1U);
}

TEST_F(EvaluatorQueryTest, a_row_about_a_monitor_is_an_alert_of_it_and_ends_with_it) {
  set_rules({query()});
  const auto& web = add("web", {{"site", "lab"}});
  const auto about = [&] { return QueryRow{{{"set", "disk"}, {"mount", "/"}}, "1", web.id}; };
  answer({about()});
  EXPECT_EQ(sink_.take(), Lines{"fired Query web /"});
  const auto& labels = sink_.last.labels;
  EXPECT_EQ(model::label_of(labels, "app"), "linux");
  EXPECT_EQ(model::label_of(labels, "set"), "disk");
  EXPECT_EQ(model::label_of(labels, "site"), "lab");
  evaluator_->on_monitor_unreachable(web.id, now_);
  EXPECT_EQ(sink_.take(), Lines{"resolved Query web /: unreachable"});
  auto hidden = about();
  hidden.state = State::kUnreachable;
  EXPECT_EQ(answer({hidden}).left_out, 1U);
  EXPECT_EQ(sink_.take(), Lines{}) << "the cause is told instead";
  answer({about()});
  EXPECT_EQ(sink_.take(), Lines{"fired Query web /"});
  hidden.state = State::kPaused;
  evaluator_->on_monitor_paused(web.id, now_);
  EXPECT_EQ(answer({hidden}).left_out, 1U);
  EXPECT_EQ(sink_.take(), Lines{"resolved Query web /: paused"});
  EXPECT_EQ(answer({QueryRow{{}, "1", MonitorId{4711}}}).left_out, 1U) << "history knows it still";
  EXPECT_EQ(evaluator_->stats().alerts, 0U);
}

TEST_F(EvaluatorQueryTest, a_result_of_a_set_without_the_row_does_not_end_what_a_query_says) {
  set_rules({query()});
  const auto& web = add("web");
  answer({{{{"set", "disk"}, {"mount", "/"}}, "1", web.id}});
  sink_.take();
  for (int i = 0; i < 5; ++i) {
    now_ += 1000;
    disks(web, {});
  }
  EXPECT_EQ(sink_.take(), Lines{});
}

TEST_F(EvaluatorQueryTest, the_selector_says_which_monitors_rows_may_be_about) {
  auto rule = query();
  rule.selector.labels = {{"site", "lab"}};
  set_rules({rule});
  const auto in = add("in", {{"site", "lab"}}).id;
  const auto out = add("out", {{"site", "prod"}}).id;
  auto outcome = answer({{{}, "1", in}, {{}, "1", out}});
  EXPECT_EQ(sink_.take(), Lines{"fired Query in"});
  EXPECT_EQ(outcome.left_out, 1U);
}

TEST_F(EvaluatorQueryTest, rows_beyond_a_bound_are_counted_and_told_once) {
  evaluator_ = std::make_unique<Evaluator>(account_, sink_, nullptr, Bounds{.alerts_of_rule = 2});
  set_rules({query()});
  auto outcome = answer({row("/a"), row("/b"), row("/c"), row("/d")});
  EXPECT_EQ(outcome.refused, 2U);
  EXPECT_EQ(evaluator_->stats().alerts, 2U);
  EXPECT_EQ(std::ranges::count(sink_.take(), "limited Query: alerts of the rule"), 1);
  EXPECT_EQ(evaluator_->stats().series, 2U) << "what is refused is not kept";
  answer({row("/c")});
  EXPECT_TRUE(sink_.firing.empty()) << "there was no room yet";
  answer({row("/c")});
  EXPECT_EQ(sink_.firing.size(), 1U) << "tried again with each answer";
}

TEST_F(EvaluatorQueryTest, an_edited_interval_counts_for_what_fires) {
  auto rule = query();
  rule.no_data = NoData::kAlert;
  set_rules({rule});
  answer({row("/a")});
  rule.interval = std::chrono::minutes(10);
  set_rules({rule});
  answer({row("/a")});
  sink_.take();
  fail(20);
  EXPECT_EQ(sink_.take(), Lines{}) << "three of the new ones";
}

TEST_F(EvaluatorQueryTest, a_restart_goes_on_with_what_fired_and_what_was_pending) {
  std::vector<Rule> rules{query()};
  set_rules(rules);
  const auto& web = add("web");
  answer({row("/a"), {{}, "1", web.id}});
  EXPECT_EQ(sink_.take().size(), 2U);
  now_ += 60 * kMinute;  // nobody ran for long
  EXPECT_TRUE(restart(rules).empty());
  fail(5);
  EXPECT_EQ(sink_.take(), Lines{}) << "nothing is told before there is an answer";
  EXPECT_EQ(evaluator_->stats().alerts, 2U);
  answer({{{}, "1", web.id}});
  EXPECT_EQ(sink_.take(), Lines{"resolved Query  /a: recovered"});
  rules[0].query = "SELECT 2";
  set_rules(rules);
  EXPECT_EQ(sink_.take(), Lines{"resolved Query web: rule gone"}) << "another question";
}

}  // namespace
}  // namespace holter::alert
