#include "alert/inhibition.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alert/test_alert.h"

namespace holter::alert {
namespace {

using testing::HasSubstr;

const WallTime kLater{std::chrono::hours(24 * 20'001)};

InhibitionRule rule(std::string_view source, std::string_view target, std::vector<std::string> equal = {}) {
  return {.name = "rule",
          .source = parse_matchers(source).value(),
          .target = parse_matchers(target).value(),
          .equal = std::move(equal)};
}

class InhibitionTest : public testing::Test {
 protected:
  void set(std::vector<InhibitionRule> rules) { ASSERT_TRUE(inhibition_.set_rules(std::move(rules), {})); }

  memory::Budget budget_{64 << 20};
  Inhibition inhibition_{budget_.account("inhibition")};
};

TEST_F(InhibitionTest, lasts_as_long_as_the_source_fires) {
  set({rule("{severity=\"critical\"}", "{severity=\"warning\"}", {"host"})});
  auto source = firing({{"severity", "critical"}, {"host", "a"}});
  const model::Labels target{{"host", "a"}, {"severity", "warning"}};
  EXPECT_EQ(inhibition_.inhibited_by(target), std::nullopt);
  ASSERT_TRUE(inhibition_.update(source));
  EXPECT_EQ(inhibition_.inhibited_by(target), (Inhibited{source.fingerprint, 0}));
  EXPECT_EQ(inhibition_.inhibited_by({{"host", "b"}, {"severity", "warning"}}), std::nullopt);
  EXPECT_EQ(inhibition_.inhibited_by({{"host", "a"}, {"severity", "info"}}), std::nullopt);
  ASSERT_TRUE(inhibition_.update(source));  // told twice, gone at once
  ASSERT_TRUE(inhibition_.update(resolved(source, kLater)));
  EXPECT_EQ(inhibition_.inhibited_by(target), std::nullopt);
  EXPECT_EQ(inhibition_.sources(), 0U);
  ASSERT_TRUE(inhibition_.update(resolved(source, kLater)));
}

TEST_F(InhibitionTest, takes_a_missing_label_for_an_empty_one) {
  set({rule("{a=\"1\"}", "{a=\"2\"}", {"host", "rack"})});
  ASSERT_TRUE(inhibition_.update(firing({{"a", "1"}, {"rack", "7"}, {"host", ""}})));
  EXPECT_TRUE(inhibition_.inhibited_by({{"a", "2"}, {"rack", "7"}}));
  EXPECT_FALSE(inhibition_.inhibited_by({{"a", "2"}, {"host", "7"}}));
  EXPECT_FALSE(inhibition_.inhibited_by({{"a", "2"}}));
}

TEST_F(InhibitionTest, without_equal_labels_is_by_any_source) {
  set({rule("{a=\"1\"}", "{a=\"2\"}")});
  ASSERT_TRUE(inhibition_.update(firing({{"a", "1"}, {"host", "x"}})));
  EXPECT_TRUE(inhibition_.inhibited_by({{"a", "2"}, {"host", "y"}}));
}

TEST_F(InhibitionTest, is_never_by_itself_nor_by_another_that_matches_both_sides) {
  set({rule("{a=~\"1|3\"}", "{a=~\"2|3\"}")});
  auto both = firing({{"a", "3"}, {"n", "1"}});
  auto another = firing({{"a", "3"}, {"n", "2"}});
  ASSERT_TRUE(inhibition_.update(both));
  ASSERT_TRUE(inhibition_.update(another));
  EXPECT_FALSE(inhibition_.inhibited_by(both.labels));
  EXPECT_FALSE(inhibition_.inhibited_by(another.labels));
  EXPECT_TRUE(inhibition_.inhibited_by({{"a", "2"}}));  // it is a target only
  auto source = firing({{"a", "1"}});
  ASSERT_TRUE(inhibition_.update(source));
  EXPECT_EQ(inhibition_.inhibited_by(both.labels), (Inhibited{source.fingerprint, 0}));
}

TEST_F(InhibitionTest, goes_on_while_another_source_fires) {
  set({rule("{a=\"1\"}", "{a=\"2\"}")});
  auto first = firing({{"a", "1"}, {"n", "1"}}), second = firing({{"a", "1"}, {"n", "2"}});
  ASSERT_TRUE(inhibition_.update(first));
  ASSERT_TRUE(inhibition_.update(second));
  ASSERT_TRUE(inhibition_.update(resolved(first, kLater)));
  EXPECT_EQ(inhibition_.inhibited_by({{"a", "2"}})->by, second.fingerprint);
}

TEST_F(InhibitionTest, tells_alerts_with_the_same_fingerprint_apart_by_their_labels) {
  set({rule("{a=\"1\"}", "{a=\"2\"}")});
  auto first = firing({{"a", "1"}, {"n", "1"}}), second = firing({{"a", "1"}, {"n", "2"}});
  second.fingerprint = first.fingerprint;
  ASSERT_TRUE(inhibition_.update(first));
  ASSERT_TRUE(inhibition_.update(second));
  EXPECT_EQ(inhibition_.sources(), 2U);
  ASSERT_TRUE(inhibition_.update(resolved(second, kLater)));
  EXPECT_TRUE(inhibition_.inhibited_by({{"a", "2"}}));
  ASSERT_TRUE(inhibition_.update(resolved(first, kLater)));
  EXPECT_FALSE(inhibition_.inhibited_by({{"a", "2"}}));
}

TEST_F(InhibitionTest, follows_other_rules_with_what_fires) {
  set({rule("{a=\"1\"}", "{a=\"2\"}")});
  auto source = firing({{"a", "1"}});
  ASSERT_TRUE(inhibition_.update(source));
  const model::Alert* fires[] = {&source};
  ASSERT_TRUE(inhibition_.set_rules({rule("{b=\"1\"}", "{}"), rule("{a=\"1\"}", "{c=\"1\"}")}, fires));
  EXPECT_FALSE(inhibition_.inhibited_by({{"a", "2"}}));
  EXPECT_EQ(inhibition_.inhibited_by({{"c", "1"}}), (Inhibited{source.fingerprint, 1}));
}

TEST_F(InhibitionTest, refuses_too_many_rules_and_labels_and_keeps_what_it_had) {
  set({rule("{a=\"1\"}", "{a=\"2\"}")});
  ASSERT_TRUE(inhibition_.update(firing({{"a", "1"}})));
  EXPECT_EQ(inhibition_.set_rules(std::vector<InhibitionRule>(Inhibition::kMostRules + 1), {}).error().code(),
            ErrorCode::kInvalidArgument);
  auto wide = inhibition_.set_rules({rule("{}", "{}", std::vector<std::string>(Inhibition::kMostEqual + 1, "x"))}, {});
  EXPECT_THAT(wide.error().message(), HasSubstr("equal labels"));
  EXPECT_TRUE(inhibition_.inhibited_by({{"a", "2"}}));
}

TEST(InhibitionAtTheLimit, rather_tells_too_much_than_too_little) {
  memory::Budget budget(4096);
  Inhibition inhibition(budget.account("inhibition"));
  ASSERT_TRUE(inhibition.set_rules({rule("{a=\"1\"}", "{a=\"2\"}", {"n"})}, {}));
  std::vector<model::Alert> sources;
  std::size_t refused = 0;
  for (int i = 0; i < 20; ++i) {
    sources.push_back(firing({{"a", "1"}, {"n", std::to_string(i)}}));
    auto told = inhibition.update(sources.back());
    if (told) continue;
    ++refused;
    EXPECT_EQ(told.error().code(), ErrorCode::kResourceExhausted);
  }
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(inhibition.refused(), refused);
  EXPECT_EQ(inhibition.sources(), 20 - refused);
  EXPECT_TRUE(inhibition.inhibited_by({{"a", "2"}, {"n", "0"}}));
  EXPECT_FALSE(inhibition.inhibited_by({{"a", "2"}, {"n", "19"}}));
  for (const auto& source : sources) ASSERT_TRUE(inhibition.update(resolved(source, kLater)));
  ASSERT_TRUE(inhibition.set_rules({}, {}));
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(InhibitionTest, finds_what_a_look_at_each_alert_would_find) {
  std::mt19937 random(17);
  auto pick = [&](unsigned n) { return random() % n; };
  auto word = [&] { return std::string(1, static_cast<char>('a' + pick(3))); };
  auto some_labels = [&] {
    model::Labels labels;
    for (char name = 'p'; name < 't'; ++name)
      if (pick(2)) labels.emplace_back(std::string(1, name), word());
    return labels;
  };
  auto some_matchers = [&] {
    Matchers out;
    for (auto n = 1 + pick(2); n > 0; --n)
      out.push_back(
          Matcher::make(std::string(1, static_cast<char>('p' + pick(4))), static_cast<MatchOp>(pick(2)), word())
              .value());
    return out;
  };
  for (int round = 0; round < 40; ++round) {
    std::vector<InhibitionRule> rules;
    for (auto n = 1 + pick(4); n > 0; --n) {
      rules.push_back({.name = "", .source = some_matchers(), .target = some_matchers(), .equal = {}});
      if (pick(2)) rules.back().equal.emplace_back("p");
      if (pick(2)) rules.back().equal.emplace_back("q");
    }
    std::vector<model::Alert> fires;
    ASSERT_TRUE(inhibition_.set_rules(rules, {}));
    for (int step = 0; step < 60; ++step) {
      if (fires.empty() || pick(3)) {
        auto alert = firing(some_labels());
        ASSERT_TRUE(inhibition_.update(alert));
        if (std::ranges::find(fires, alert) == fires.end()) fires.push_back(alert);
      } else {
        auto gone = fires.begin() + pick(static_cast<unsigned>(fires.size()));
        ASSERT_TRUE(inhibition_.update(resolved(*gone, kLater)));
        fires.erase(gone);
      }
      auto target = some_labels();
      bool expected = false;
      for (const auto& one : rules) {
        if (!matches(one.target, target)) continue;
        for (const auto& source : fires) {
          if (!matches(one.source, source.labels)) continue;
          if (matches(one.source, target) && matches(one.target, source.labels)) continue;
          expected |= std::ranges::all_of(one.equal, [&](const auto& name) {
            return model::label_of(target, name) == model::label_of(source.labels, name);
          });
        }
      }
      ASSERT_EQ(inhibition_.inhibited_by(target).has_value(), expected);
    }
  }
}

}  // namespace
}  // namespace holter::alert
