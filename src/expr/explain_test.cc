#include "expr/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::expr {
namespace {

Explanation explained(std::string_view text, std::vector<Scope::Name> names, std::vector<Value> slots) {
  auto program = compile(text, {.names = std::move(names)});
  EXPECT_TRUE(program.has_value()) << program.error().message();
  Scratch scratch;
  return explain(*program, slots, scratch);
}

std::vector<std::string> steps_of(const Explanation& explanation) {
  std::vector<std::string> out;
  for (const auto& step : explanation.steps) out.push_back(step.expression + " -> " + step.value);
  return out;
}

TEST(Explain, says_what_went_in_and_what_came_out) {
  auto told = explained("(used / total) * 100", {{"used"}, {"total"}}, {Value::of(3.0), Value::of(4.0)});
  EXPECT_EQ(told.summary(), "used=3.0 total=4.0 -> 75.0");
  EXPECT_THAT(steps_of(told), testing::ElementsAre("used / total -> 0.75", "(used / total) * 100 -> 75.0"));
}

TEST(Explain, names_the_operand_that_is_missing) {
  auto told = explained("(used / total) * 100", {{"used"}, {"total"}}, {Value::of(3), Value()});
  EXPECT_EQ(told.reason, Reason::kNullOperand);
  EXPECT_EQ(told.summary(),
            "used=3 total=null -> (none): cannot compute used / total: null operand, used is 3, total is null");
  EXPECT_THAT(steps_of(told), testing::ElementsAre("used / total -> (none)", "(used / total) * 100 -> (none)"));
}

TEST(Explain, names_what_was_divided_by_zero) {
  auto told = explained("a / (b - c)", {{"a"}, {"b"}, {"c"}}, {Value::of(1), Value::of(2), Value::of(2)});
  EXPECT_EQ(told.why, "cannot compute a / (b - c): division by zero, a is 1, b - c is 0");
  EXPECT_EQ(explained("1 / 0", {}, {}).why, "cannot compute 1 / 0: division by zero");
  EXPECT_EQ(explained("t * 2", {{"t"}}, {Value::of("x")}).why,
            "cannot compute t * 2: a text that is no number, t is \"x\"");
}

TEST(Explain, shows_only_the_branch_that_is_taken) {
  auto told = explained("x > 1 ? x * 2 : y / 0", {{"x"}, {"y"}}, {Value::of(3), Value::of(4)});
  EXPECT_EQ(told.summary(), "x=3 -> 6");
  EXPECT_THAT(steps_of(told), testing::ElementsAre("x > 1 -> true", "x * 2 -> 6", "x > 1 ? x * 2 : y / 0 -> 6"));
}

TEST(Explain, shows_where_logic_stops) {
  auto told = explained("a > 1 && b > 1", {{"a"}, {"b"}}, {Value::of(0), Value()});
  EXPECT_EQ(told.summary(), "a=0 -> false");
  EXPECT_EQ(steps_of(told).back(), "a > 1 && b > 1 -> false");
  told = explained("a in ['x', 'y'] || get('b') !~ 'z'", {{"a"}, {"b"}}, {Value::of("w"), Value::of("v")});
  EXPECT_EQ(told.summary(), "a=\"w\" get('b')=\"v\" -> true");
}

TEST(Explain, cuts_long_values) {
  std::string text(100'000, 'x');
  auto told = explained("t + 'y' == t", {{"t"}}, {Value::of(std::string_view(text))});
  EXPECT_EQ(told.reason, Reason::kTooLong);
  text.resize(10'000);
  told = explained("t + 'y'", {{"t"}}, {Value::of(std::string_view(text))});
  EXPECT_LE(told.summary().size(), 400u);
}

TEST(Explain, shows_every_reason_in_words) {
  for (auto reason = Reason::kNone; reason <= Reason::kNotJson;
       reason = static_cast<Reason>(static_cast<int>(reason) + 1))
    EXPECT_NE(to_string(reason), "unknown");
}

}  // namespace
}  // namespace holter::expr
