#include "app/periodic_rules.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <list>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/fake_clock.h"
#include "testing/run_task.h"

namespace holter::app {
namespace {

using Lines = std::vector<std::string>;

/// Rules whose queries are answered when the test says so. The clock stands still.
class PeriodicRulesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sources_ = {.sql = [this](history::SqlQuery query, MonoTime deadline) { return ask(std::move(query), deadline); },
                .account = &account_};
    rules_ = std::make_unique<PeriodicRules>(PeriodicRules::Parts{
        .executor = context_.get_executor(),
        .clock = clock_,
        .account = account_,
        .sources = sources_,
        .version = [this] { return version_; },
        .rules =
            [this] {
              std::vector<alert::RuleStatus> out;
              for (const auto& rule : in_force_) out.push_back({.rule = &rule});
              return out;
            },
        .answer = [this](std::string_view rule, std::span<const alert::QueryRow> rows,
                         std::int64_t time_ms) -> Result<alert::QueryOutcome> {
          answers_.push_back(fmt::format("{}: {} rows at {}", rule, rows.size(), time_ms - epoch_ms(start_)));
          return alert::QueryOutcome{.held = rows.size()};
        },
        .tell = [this](std::string_view kind, std::string_view severity,
                       std::string_view text) { told_.push_back(fmt::format("{} {} {}", kind, severity, text)); }});
  }
  void TearDown() override {
    close();
    rules_.reset();
    EXPECT_EQ(account_.held(), 0U);
  }
  void close() {
    bool closed = false;
    boost::asio::co_spawn(context_, rules_->close(), [&](std::exception_ptr) { closed = true; });
    EXPECT_TRUE(testing::run_until(context_, [&] { return closed; }));
  }

  static alert::Rule rule(std::string name, seconds interval = seconds(60), std::string query = "SELECT 1") {
    alert::Rule rule;
    rule.kind = alert::RuleKind::kPeriodic;
    rule.name = std::move(name);
    rule.interval = interval;
    rule.query = std::move(query);
    return rule;
  }
  void set(std::deque<alert::Rule> rules) {
    in_force_ = std::move(rules);
    ++version_;
    look();
  }
  void look() {
    rules_->look();
    context_.restart();
    context_.poll();
  }
  /// A whole interval goes by, with a look at its end.
  void pass(seconds time = seconds(60)) {
    clock_.advance(time);
    look();
  }
  /// Waits for the test's answer.
  boost::asio::awaitable<Result<history::SqlTable>> ask(history::SqlQuery query, MonoTime deadline) {
    auto& open = open_.emplace_back(Open{query.text, deadline, boost::asio::steady_timer(context_), {}});
    const auto place = std::prev(open_.end());
    ++asked_;
    open.done.expires_at(std::chrono::steady_clock::time_point::max());
    boost::system::error_code ignored;
    co_await open.done.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    auto answer = std::move(place->answer);
    open_.erase(place);
    co_return std::move(answer);
  }
  void answer(Result<history::SqlTable> with) {
    ASSERT_FALSE(open_.empty());
    auto& first = open_.front();
    first.answer = std::move(with);
    first.done.cancel();
    context_.restart();
    context_.poll();
  }
  static history::SqlTable rows(std::size_t count) {
    history::SqlTable table{.columns = {"n"}, .numeric = {false}, .rows = {}};
    for (std::size_t i = 0; i < count; ++i)
      table.rows.push_back({{.number = std::nullopt, .text = fmt::format("{}", i)}});
    return table;
  }
  static Error down() { return {ErrorCode::kUnavailable, "history does not run"}; }

  struct Open {
    std::string query;
    MonoTime deadline;
    boost::asio::steady_timer done;
    Result<history::SqlTable> answer = Error(ErrorCode::kCancelled, "cancelled");
  };
  memory::Account account_{"test", nullptr, std::size_t{8} << 20};
  boost::asio::io_context context_{1};
  testing::FakeClock clock_;
  const WallTime start_ = clock_.wall();
  QuerySources sources_;
  std::uint64_t version_ = 1;
  std::deque<alert::Rule> in_force_;
  std::list<Open> open_;
  std::size_t asked_ = 0;
  Lines answers_, told_;
  std::unique_ptr<PeriodicRules> rules_;
};

TEST_F(PeriodicRulesTest, asks_each_interval_and_hands_the_rows_on_with_the_time_of_the_question) {
  set({rule("A")});
  EXPECT_EQ(asked_, 0U) << "not before its place in the interval";
  pass();
  ASSERT_EQ(asked_, 1U);
  EXPECT_EQ(open_.front().deadline - clock_.mono(), seconds(30));
  clock_.advance(seconds(2));
  answer(rows(3));
  EXPECT_EQ(answers_, Lines{"A: 3 rows at 60000"});
  const auto status = rules_->status("A").value();
  EXPECT_EQ(status.evaluations, 1U);
  EXPECT_EQ(status.rows, 3U);
  EXPECT_EQ(status.outcome.held, 3U);
  EXPECT_EQ(status.duration, seconds(2));
  EXPECT_LT(status.lateness, seconds(60));
  EXPECT_EQ(status.answered_ms, epoch_ms(start_ + seconds(60)));
  EXPECT_TRUE(status.error.empty());
  pass();
  EXPECT_EQ(asked_, 2U);
  EXPECT_FALSE(rules_->status("B").has_value());
}

TEST_F(PeriodicRulesTest, has_no_more_patience_than_the_interval) {
  set({rule("A", seconds(10))});
  pass(seconds(10));
  EXPECT_EQ(open_.front().deadline - clock_.mono(), seconds(10));
}

TEST_F(PeriodicRulesTest, a_failure_is_no_answer_and_is_told_once_after_three) {
  set({rule("A")});
  for (int i = 0; i < 5; ++i) {
    pass();
    answer(down());
  }
  EXPECT_EQ(answers_, Lines{});
  EXPECT_EQ(told_, Lines{"alert.rule warning the rule 'A' has got no answer 3 times in a row: history does not run"});
  auto status = rules_->status("A").value();
  EXPECT_EQ(status.failures, 5U);
  EXPECT_EQ(status.error, "history does not run");
  EXPECT_EQ(status.error_since_ms, epoch_ms(start_ + seconds(60)));
  pass();
  answer(rows(1));
  EXPECT_EQ(told_.back(), "alert.rule info the rule 'A' is answered again");
  status = rules_->status("A").value();
  EXPECT_TRUE(status.error.empty());
  EXPECT_EQ(status.error_since_ms, 0);
  EXPECT_EQ(status.evaluations, 1U);
  for (int i = 0; i < 2; ++i) {
    pass();
    answer(down());
  }
  EXPECT_EQ(told_.size(), 2U) << "not yet three in a row";
}

TEST_F(PeriodicRulesTest, that_all_fail_is_not_told_of_each) {
  std::deque<alert::Rule> many;
  for (int i = 0; i < 50; ++i) many.push_back(rule(fmt::format("r{:02}", i)));
  set(many);
  auto fail_all = [&](const Result<history::SqlTable>& with) {
    pass();
    while (!open_.empty()) answer(with);
  };
  for (int i = 0; i < 4; ++i) fail_all(down());
  EXPECT_EQ(told_.size(), PeriodicRules::kMostTold + 1);
  EXPECT_EQ(rules_->stats(20).size(), 20U);
  fail_all(rows(0));
  EXPECT_EQ(told_.size(), 2 * PeriodicRules::kMostTold + 1);
  for (int i = 0; i < 3; ++i) fail_all(down());
  EXPECT_EQ(told_.size(), 3 * PeriodicRules::kMostTold + 2) << "a new trouble is told anew";
}

TEST_F(PeriodicRulesTest, never_asks_twice_at_once_and_counts_what_it_skips) {
  set({rule("A")});
  pass();
  pass();
  pass();
  EXPECT_EQ(asked_, 1U);
  EXPECT_EQ(rules_->status("A")->skipped, 2U);
  answer(rows(0));
  pass();
  EXPECT_EQ(asked_, 2U);
}

TEST_F(PeriodicRulesTest, two_run_at_once_and_a_third_follows_at_once) {
  set({rule("A"), rule("B"), rule("C")});
  pass();
  EXPECT_EQ(asked_, 2U);
  EXPECT_EQ(rules_->running(), 2U);
  answer(rows(0));
  EXPECT_EQ(asked_, 3U);
}

TEST_F(PeriodicRulesTest, an_answer_to_what_a_rule_asked_before_an_edit_is_thrown_away) {
  set({rule("A"), rule("B")});
  pass();
  ASSERT_EQ(asked_, 2U);
  in_force_ = {rule("A", seconds(60), "SELECT 2")};  // nobody has looked yet
  ++version_;
  answer(rows(1));
  answer(rows(1));
  EXPECT_EQ(answers_, Lines{});
  pass();
  ASSERT_EQ(open_.size(), 1U);
  EXPECT_EQ(open_.front().query, "SELECT 2");
  answer(rows(1));
  EXPECT_EQ(answers_, Lines{"A: 1 rows at 120000"});
  EXPECT_FALSE(rules_->status("B").has_value());
}

TEST_F(PeriodicRulesTest, keeps_what_it_knows_of_a_rule_that_still_means_the_same) {
  set({rule("A")});
  pass();
  answer(rows(1));
  auto louder = rule("A");
  louder.severity = model::Severity::kCritical;
  set({louder, rule("B")});
  EXPECT_EQ(rules_->status("A")->evaluations, 1U);
  set({rule("A", seconds(60), "SELECT 2")});
  EXPECT_EQ(rules_->status("A")->evaluations, 0U);
}

TEST_F(PeriodicRulesTest, counts_for_metrics_those_that_fail_first) {
  set({rule("A"), rule("B")});
  pass();
  answer(rows(1));
  answer(down());
  const auto stats = rules_->stats();
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].failures, 1U);
  EXPECT_EQ(stats[1].evaluations, 1U);
  ASSERT_EQ(rules_->stats(1).size(), 1U);
  EXPECT_EQ(rules_->stats(1)[0].failures, 1U);
}

TEST_F(PeriodicRulesTest, ends_while_a_query_is_under_way) {
  set({rule("A")});
  pass();
  ASSERT_EQ(asked_, 1U);
  close();
  EXPECT_EQ(rules_->running(), 0U);
  EXPECT_EQ(answers_, Lines{});
  EXPECT_EQ(told_, Lines{});
}

TEST_F(PeriodicRulesTest, without_memory_for_new_rules_the_old_ones_go_on) {
  set({rule("A")});
  auto rest = account_.reserve(account_.limit() - account_.used()).value();
  std::deque<alert::Rule> many{rule("A")};
  for (int i = 0; i < 100; ++i) many.push_back(rule(fmt::format("r{}", i)));
  set(many);
  pass();
  EXPECT_EQ(asked_, 1U);
  EXPECT_FALSE(rules_->status("r1").has_value());
  rest.reset();
  look();
  EXPECT_TRUE(rules_->status("r1").has_value());
}

}  // namespace
}  // namespace holter::app
