#include "alert/silence.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime kStart{hours(24 * 20'000)};

Silence silence(std::uint64_t id, std::string_view matchers, WallTime start = kStart,
                WallTime end = kStart + hours(1)) {
  return {.id = id, .matchers = parse_matchers(matchers).value(), .start = start, .end = end};
}

class SilencesTest : public testing::Test {
 protected:
  memory::Budget budget_{64 << 20};
  Silences silences_{budget_.account("silences")};
};

TEST_F(SilencesTest, is_pending_then_active_then_expired) {
  auto one = silence(1, "{a=\"b\"}");
  EXPECT_EQ(state_at(one, kStart - milliseconds(1)), SilenceState::kPending);
  EXPECT_EQ(state_at(one, kStart), SilenceState::kActive);
  EXPECT_EQ(state_at(one, kStart + hours(1) - milliseconds(1)), SilenceState::kActive);
  EXPECT_EQ(state_at(one, kStart + hours(1)), SilenceState::kExpired);
  EXPECT_EQ(to_string(SilenceState::kPending), "pending");
  EXPECT_EQ(to_string(SilenceState::kExpired), "expired");
  EXPECT_EQ(next_change(one, kStart - hours(5)), kStart);
  EXPECT_EQ(next_change(one, kStart), kStart + hours(1));
  EXPECT_EQ(next_change(one, kStart + hours(1)), WallTime::max());
}

TEST_F(SilencesTest, silences_what_all_matchers_match_while_it_is_active) {
  ASSERT_TRUE(silences_.set(silence(7, R"({a="1", b=~"x.*"})")));
  ASSERT_TRUE(silences_.set(silence(3, R"({b="xy"})")));
  ASSERT_TRUE(silences_.set(silence(5, R"({c=""})")));
  EXPECT_THAT(silences_.silenced_by({{"a", "1"}, {"b", "xy"}}, kStart), ElementsAre(3, 5, 7));
  EXPECT_THAT(silences_.silenced_by({{"a", "1"}, {"b", "y"}, {"c", "1"}}, kStart), IsEmpty());
  EXPECT_THAT(silences_.silenced_by({{"a", "2"}, {"b", "x"}}, kStart), ElementsAre(5));
  EXPECT_THAT(silences_.silenced_by({{"b", "xy"}}, kStart - seconds(1)), IsEmpty());
  EXPECT_THAT(silences_.silenced_by({{"b", "xy"}}, kStart + hours(1)), IsEmpty());
}

TEST_F(SilencesTest, with_windows_is_active_inside_them_only) {
  auto nightly = silence(1, "{}", kStart + hours(3), kStart + hours(24 * 3));
  nightly.windows = {model::TimeWindow::parse("daily 22:00-02:00 Etc/UTC").value()};
  EXPECT_EQ(state_at(nightly, kStart + hours(1)), SilenceState::kPending);  // inside the window, before its start
  EXPECT_EQ(next_change(nightly, kStart), kStart + hours(22));
  EXPECT_EQ(next_change(nightly, kStart + hours(22)), kStart + hours(26));
  EXPECT_EQ(next_change(nightly, kStart + hours(49)), kStart + hours(50));
  EXPECT_EQ(next_change(nightly, kStart + hours(70)), kStart + hours(72));
  ASSERT_TRUE(silences_.set(nightly));
  EXPECT_THAT(silences_.silenced_by({}, kStart + hours(21)), IsEmpty());
  EXPECT_THAT(silences_.silenced_by({}, kStart + hours(23)), ElementsAre(1));
  EXPECT_THAT(silences_.silenced_by({}, kStart + hours(73)), IsEmpty());
}

TEST_F(SilencesTest, is_replaced_and_removed) {
  ASSERT_TRUE(silences_.set(silence(1, R"({a="1"})")));
  ASSERT_TRUE(silences_.set(silence(1, R"({b="1"})")));
  EXPECT_EQ(silences_.all().size(), 1U);
  EXPECT_THAT(silences_.silenced_by({{"a", "1"}}, kStart), IsEmpty());
  EXPECT_THAT(silences_.silenced_by({{"b", "1"}}, kStart), ElementsAre(1));
  EXPECT_TRUE(silences_.remove(1));
  EXPECT_FALSE(silences_.remove(1));
  EXPECT_EQ(silences_.find(1), nullptr);
  EXPECT_THAT(silences_.silenced_by({{"b", "1"}}, kStart), IsEmpty());
  EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(SilencesTest, forgets_those_that_ended_long_ago) {
  ASSERT_TRUE(silences_.set(silence(1, "{}")));
  ASSERT_TRUE(silences_.set(silence(2, "{}", kStart, kStart + hours(5))));
  EXPECT_EQ(silences_.remove_expired(kStart + hours(1)), 0U);
  EXPECT_EQ(silences_.remove_expired(kStart + hours(2)), 1U);
  EXPECT_NE(silences_.find(2), nullptr);
}

TEST_F(SilencesTest, tells_when_one_of_them_changes) {
  EXPECT_EQ(silences_.next_change(kStart), WallTime::max());
  ASSERT_TRUE(silences_.set(silence(1, "{}")));
  ASSERT_TRUE(silences_.set(silence(2, "{}", kStart + minutes(30), kStart + hours(5))));
  EXPECT_EQ(silences_.next_change(kStart - hours(1)), kStart);
  EXPECT_EQ(silences_.next_change(kStart - minutes(1)), kStart);
  EXPECT_EQ(silences_.next_change(kStart), kStart + minutes(30));
  EXPECT_EQ(silences_.next_change(kStart + minutes(45)), kStart + hours(1));
  EXPECT_EQ(silences_.next_change(kStart - hours(1)), kStart);
  EXPECT_TRUE(silences_.remove(1));
  EXPECT_EQ(silences_.next_change(kStart - hours(1)), kStart + minutes(30));
  EXPECT_EQ(silences_.next_change(kStart + hours(5)), WallTime::max());
}

TEST_F(SilencesTest, shows_before_it_is_made_what_it_would_catch) {
  const model::Labels first{{"a", "1"}}, second{{"a", "2"}}, third{{"a", "12"}};
  const model::Labels* alerts[] = {&first, &second, &third};
  EXPECT_THAT(preview(parse_matchers("{a=~\"1.*\"}").value(), alerts), ElementsAre(0, 2));
  EXPECT_THAT(preview({}, alerts), ElementsAre(0, 1, 2));
}

TEST_F(SilencesTest, refuses_what_makes_no_sense) {
  EXPECT_THAT(silences_.set(silence(0, "{}")).error().message(), HasSubstr("no id"));
  EXPECT_THAT(silences_.set(silence(1, "{}", kStart, kStart)).error().message(), HasSubstr("end after its start"));
  auto wordy = silence(1, "{}");
  wordy.comment.assign(Silences::kMostTextBytes + 1, 'x');
  EXPECT_EQ(silences_.set(wordy).error().code(), ErrorCode::kInvalidArgument);
  auto often = silence(1, "{}");
  often.windows.assign(Silences::kMostWindows + 1, model::TimeWindow::parse("daily 01:00-02:00 UTC").value());
  EXPECT_EQ(silences_.set(often).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(silences_.refused(), 0U);
}

TEST_F(SilencesTest, has_a_bound_in_number) {
  for (std::uint64_t id = 1; id <= Silences::kMost; ++id)
    ASSERT_TRUE(silences_.set(silence(id, R"({alertname="Down"})")));
  auto refused = silences_.set(silence(Silences::kMost + 1, "{}"));
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(silences_.refused(), 1U);
  EXPECT_TRUE(silences_.set(silence(1, "{}")));  // another one instead is no more
}

TEST(SilencesAtTheLimit, keep_the_old_one_where_the_account_has_no_room) {
  memory::Budget budget(8192);
  Silences silences(budget.account("silences"));
  ASSERT_TRUE(silences.set(silence(1, R"({a="1"})")));
  auto used = budget.used();
  auto large = silence(1, R"({b="1"})");
  large.comment.assign(4000, 'x');
  ASSERT_TRUE(silences.set(large));
  auto larger = silence(1, "{b=\"" + std::string(4000, 'y') + "\"}");
  larger.comment.assign(4000, 'x');
  EXPECT_EQ(silences.set(larger).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(silences.refused(), 1U);
  EXPECT_THAT(silences.silenced_by({{"b", "1"}}, kStart), ElementsAre(1));
  ASSERT_TRUE(silences.set(silence(1, R"({a="1"})")));
  EXPECT_EQ(budget.used(), used);
}

TEST_F(SilencesTest, finds_by_its_index_what_a_look_at_each_would_find) {
  std::mt19937 random(5);
  auto pick = [&](unsigned n) { return random() % n; };
  auto word = [&](unsigned n) { return std::string(1, static_cast<char>('a' + pick(n))); };
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t id = 1 + pick(60);
    if (pick(4) == 0) {
      silences_.remove(id);
    } else {
      Matchers matchers;
      for (auto n = pick(4); n > 0; --n)
        matchers.push_back(Matcher::make(word(4), static_cast<MatchOp>(pick(2)), pick(5) ? word(4) : "").value());
      auto start = kStart + minutes(pick(100));
      ASSERT_TRUE(
          silences_.set({.id = id, .matchers = matchers, .start = start, .end = start + minutes(1 + pick(50))}));
    }
    model::Labels labels;
    for (char name = 'a'; name < 'e'; ++name)
      if (pick(2)) labels.emplace_back(std::string(1, name), word(4));
    auto t = kStart + minutes(pick(150));
    std::vector<std::uint64_t> expected;
    for (const auto& [known, one] : silences_.all())
      if (state_at(one, t) == SilenceState::kActive && matches(one.matchers, labels)) expected.push_back(known);
    ASSERT_EQ(silences_.silenced_by(labels, t), expected);
  }
}

}  // namespace
}  // namespace holter::alert
