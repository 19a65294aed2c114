#include "collect/fan_out.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/test_rounds.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

/// Answers with the rows that the test wrote down, at once or when told.
class Answers final : public test::Target {
 public:
  void start(test::TargetProbe& probe, Attempt& attempt) override {
    asked.push_back(probe.ask);
    running[probe.ask] = &attempt;
    most_at_once = std::max(most_at_once, running.size());
    if (!waits.contains(probe.ask)) end(probe.ask);
  }
  void cancel(test::TargetProbe& probe, Attempt&) override {
    if (!hangs) end(probe.ask);
  }
  void end(const std::string& ask) {
    auto* attempt = std::exchange(running[ask], nullptr);
    running.erase(ask);
    ASSERT_NE(attempt, nullptr);
    auto found = rows.find(ask);
    if (found == rows.end()) return attempt->finish(ResultCode::kFail, "nothing is known of " + ask);
    for (const auto& row : found->second)
      if (attempt->table().add_row()) EXPECT_TRUE(attempt->table().set(0, std::string_view(row)));
    attempt->finish(ResultCode::kSuccess, {});
  }

  std::map<std::string, std::vector<std::string>> rows;
  std::set<std::string> waits;
  bool hangs = false;
  std::vector<std::string> asked;
  std::map<std::string, Attempt*> running;
  std::size_t most_at_once = 0;
};

class FanOutTest : public ::testing::Test {
 protected:
  /// Rounds of `list` (field id), and then `stats` per row.
  void add() { shard_.add({{.name = "list", .ask = "list", .field = "id"}, {"stats", 1, "stats ^o^id^o^"}}); }
  /// Until so many requests were made.
  void until_asked(std::size_t count) {
    for (int i = 0; i < 10000 && target_.asked.size() < count; ++i) shard_.advance(milliseconds(100));
    ASSERT_GE(target_.asked.size(), count);
  }
  std::vector<test::FakeShard::Round> rounds_of(std::string_view set) {
    auto all = shard_.rounds();
    std::erase_if(all, [&](const auto& round) { return round.set != set; });
    return all;
  }
  std::vector<std::pair<std::string, std::string>> texts_of(std::string_view set) {
    auto all = shard_.texts();
    std::erase_if(all, [&](const auto& text) { return !text.first.starts_with(set); });
    return all;
  }

  Answers target_;
  test::FakeShard shard_;
};

MATCHER_P3(IsRound, set, code, message, "") {
  return arg.set == set && arg.code == code && arg.message == message;
}

TEST_F(FanOutTest, asks_once_for_each_row_and_records_one_result_in_the_order_of_the_rows) {
  target_.rows = {{"list", {"a", "b", "c"}}, {"stats a", {"a1", "a2"}}, {"stats b", {}}, {"stats c", {"c1"}}};
  target_.waits = {"stats a", "stats b"};
  add();
  until_asked(4);
  EXPECT_THAT(target_.asked, ElementsAre("list", "stats a", "stats b", "stats c"));
  target_.end("stats b");
  EXPECT_THAT(texts_of("stats"), IsEmpty());
  target_.end("stats a");
  EXPECT_THAT(texts_of("stats"), ElementsAre(Pair("stats{row=\"0\"}", "a1"), Pair("stats{row=\"1\"}", "a2"),
                                             Pair("stats{row=\"2\"}", "c1")));
  EXPECT_THAT(shard_.rounds(),
              ElementsAre(IsRound("list", ResultCode::kSuccess, ""), IsRound("stats", ResultCode::kSuccess, "")));
}

TEST_F(FanOutTest, asks_for_four_at_once_and_for_the_first_fifty_rows) {
  for (int i = 0; i < 60; ++i) target_.rows["list"].push_back(std::to_string(i));
  for (int i = 0; i < 60; ++i) target_.rows["stats " + std::to_string(i)] = {"x" + std::to_string(i)};
  for (int i = 0; i < 60; ++i) target_.waits.insert("stats " + std::to_string(i));
  add();
  until_asked(5);
  for (int i = 0; i < 50; ++i) {
    EXPECT_LE(target_.asked.size(), 1u + 4 + static_cast<std::size_t>(i));
    target_.end("stats " + std::to_string(i));
  }
  EXPECT_THAT(target_.asked, SizeIs(51));
  EXPECT_EQ(target_.most_at_once, 4u);
  EXPECT_THAT(rounds_of("stats"),
              ElementsAre(IsRound("stats", ResultCode::kSuccess, "asked for the first 50 of 60 rows of list")));
  EXPECT_EQ(texts_of("stats").back(), std::pair(std::string("stats{row=\"49\"}"), std::string("x49")));
}

TEST_F(FanOutTest, a_list_without_rows_is_a_success_without_rows) {
  target_.rows["list"] = {};
  add();
  shard_.advance(seconds(60));
  EXPECT_THAT(target_.asked, ElementsAre("list"));
  EXPECT_THAT(rounds_of("stats"),
              ElementsAre(IsRound("stats", ResultCode::kSuccess, "asked for none: list has no rows")));
}

TEST_F(FanOutTest, one_row_makes_a_result_like_any_other) {
  target_.rows = {{"list", {"a"}}, {"stats a", {"a1"}}};
  add();
  shard_.advance(seconds(60));
  EXPECT_THAT(texts_of("stats"), ElementsAre(Pair("stats{}", "a1")));
}

TEST_F(FanOutTest, succeeds_when_some_rows_do_and_tells_how_many_failed_and_why) {
  target_.rows = {{"list", {"a", "bad value", "c", "bad", "e"}}, {"stats a", {"a1"}}, {"stats e", {"e1"}}};
  shard_.add(
      {{.name = "list", .ask = "list", .field = "id"}, {"stats", 1, "stats ^o^id^o^"}, {"whole", 1, "^o^id^o^"}});
  shard_.advance(seconds(60));
  EXPECT_THAT(rounds_of("stats"),
              ElementsAre(IsRound("stats", ResultCode::kSuccess,
                                  "3 of 5 rows failed; the first (row 2): nothing is known of stats bad value")));
  EXPECT_THAT(texts_of("stats"), ElementsAre(Pair("stats{row=\"0\"}", "a1"), Pair("stats{row=\"1\"}", "e1")));
}

TEST_F(FanOutTest, a_value_that_a_protocol_refuses_fails_its_row_only) {
  target_.rows = {{"list", {"ok", "bad"}}, {"ok", {"fine"}}};
  shard_.add({{.name = "list", .ask = "list", .field = "id"}, {"stats", 1, "^o^id^o^"}});
  shard_.advance(seconds(60));
  EXPECT_THAT(rounds_of("stats"), ElementsAre(IsRound("stats", ResultCode::kSuccess,
                                                      "1 of 2 rows failed; the first (row 2): cannot ask for 'bad'")));
}

TEST_F(FanOutTest, fails_with_the_worst_code_when_all_rows_fail) {
  target_.rows["list"] = {"a", "b"};
  target_.waits = {"stats b"};
  target_.hangs = true;
  add();
  shard_.advance(seconds(61));
  EXPECT_THAT(rounds_of("stats"), ElementsAre(IsRound("stats", ResultCode::kTimeout,
                                                      "all 2 rows failed; the first: nothing is known of stats a")));
  EXPECT_EQ(target_.probes, 2u);  // that of the list, and the one that hangs
  target_.hangs = false;
  target_.end("stats b");
  shard_.advance(milliseconds(1));
  EXPECT_EQ(target_.probes, 1u);
}

TEST_F(FanOutTest, says_that_the_list_failed) {
  add();
  target_.rows["stats "] = {"wrong"};
  shard_.add({{.name = "decides", .ask = "decides"},
              {"list", 1, "list", "id"},
              {"stats", 2, "stats ^o^id^o^"},
              {"other", 2, "other ^o^misspelt^o^"}});
  target_.rows["decides"] = {"yes"};
  shard_.advance(seconds(60));
  EXPECT_THAT(rounds_of("stats"), ElementsAre(IsRound("stats", ResultCode::kFail,
                                                      "cannot ask: ^o^id^o^ is of list, which failed: nothing is known "
                                                      "of list")));
}

TEST_F(FanOutTest, a_single_row_stands_for_itself_and_results_of_rows_can_be_referred_to) {
  target_.rows = {{"auth", {"T"}},       {"list T", {"a", "b"}}, {"parts a T", {"a1", "a2"}}, {"parts b T", {"b1"}},
                  {"stats T a1", {"1"}}, {"stats T a2", {"2"}},  {"stats T b1", {"3"}}};
  shard_.add({{.name = "auth", .ask = "auth", .field = "token"},
              {"list", 1, "list ^o^token^o^", "id"},
              {"parts", 2, "parts ^o^id^o^ ^o^token^o^", "part"},
              {"stats", 3, "stats ^o^token^o^ ^o^part^o^"}});
  shard_.advance(seconds(60));
  EXPECT_THAT(target_.asked,
              ElementsAre("auth", "list T", "parts a T", "parts b T", "stats T a1", "stats T a2", "stats T b1"));
  EXPECT_THAT(texts_of("stats"), SizeIs(3));
}

TEST_F(FanOutTest, the_list_is_asked_whenever_a_set_that_refers_to_it_is_due) {
  target_.rows = {{"decides", {"yes"}}, {"list", {"a"}}, {"stats a", {"1"}}, {"slow", {"2"}}};
  shard_.add({{.name = "decides", .ask = "decides"},
              {"list", 1, "list", "id", seconds(300)},
              {"stats", 2, "stats ^o^id^o^"},
              {"slow", 2, "slow", "value", seconds(300)}});
  shard_.advance(seconds(600));
  EXPECT_THAT(rounds_of("stats"), SizeIs(10));
  EXPECT_EQ(std::ranges::count(target_.asked, "list"), 10);
  EXPECT_EQ(std::ranges::count(target_.asked, "slow"), 2);
}

TEST_F(FanOutTest, what_memory_refuses_is_reported_as_unavailable) {
  target_.rows = {{"list", {"a", "b", "c"}}, {"stats a", {"1"}}, {"stats b", {"2"}}, {"stats c", {"3"}}};
  target_.waits = {"stats a", "stats b", "stats c"};
  add();
  shard_.rounds_account().set_limit(3 * SetAttempt::kBytes + 2200);
  until_asked(3);
  target_.end("stats a");
  target_.end("stats b");
  EXPECT_THAT(
      rounds_of("stats"),
      ElementsAre(IsRound("stats", ResultCode::kSuccess,
                          "1 of 3 rows failed; the first (row 3): cannot collect: the memory account for rounds "
                          "is full")));
  shard_.rounds_account().set_limit(SetAttempt::kBytes + 100);  // the list itself cannot be kept
  shard_.collector->shrink();
  target_.asked.clear();
  shard_.advance(seconds(60));
  auto rounds = rounds_of("stats");
  ASSERT_THAT(rounds, SizeIs(1));
  EXPECT_EQ(rounds[0].code, ResultCode::kUnavailable);
}

TEST_F(FanOutTest, rows_that_take_too_long_in_all_are_not_asked_any_more) {
  for (int i = 0; i < 50; ++i) target_.rows["list"].push_back(std::to_string(i));
  for (int i = 0; i < 50; ++i) target_.waits.insert("stats " + std::to_string(i));
  shard_.add(
      {{.name = "list", .ask = "list", .field = "id"}, {"stats", 1, "stats ^o^id^o^", "value", seconds(0), "100000"}},
      seconds(600));
  until_asked(1);
  shard_.advance(seconds(400));
  EXPECT_THAT(target_.asked, SizeIs(1 + 12));
  auto rounds = rounds_of("stats");
  ASSERT_THAT(rounds, SizeIs(1));
  EXPECT_EQ(rounds[0].code, ResultCode::kTimeout);
}

TEST_F(FanOutTest, a_monitor_may_be_removed_while_rows_are_asked_for) {
  target_.rows = {{"list", {"a", "b", "c", "d", "e", "f"}}, {"stats b", {"b"}}};
  target_.waits = {"stats a", "stats c"};
  add();
  until_asked(5);  // b has ended, and waits for a
  target_.hangs = true;
  shard_.collector->remove(*shard_.collector->jobs()[0]);
  EXPECT_EQ(target_.running.size(), 2u);
  target_.hangs = false;
  target_.end("stats a");
  shard_.advance(seconds(1));
  EXPECT_THAT(rounds_of("stats"), IsEmpty());
  shard_.close();  // c still hangs
}

}  // namespace
}  // namespace holter::collect
