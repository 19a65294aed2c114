#include "alert/matcher.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "expr/program.h"
#include "expr/regex_pool.h"

namespace holter::alert {
namespace {

using testing::HasSubstr;

Matcher matcher(std::string_view text) {
  auto parsed = parse_matcher(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return parsed.value();
}
Error error(std::string_view text) {
  return parse_matchers(text).error();
}

TEST(Matcher, compares_the_value_of_a_label) {
  const model::Labels labels{{"instance", "web-1"}, {"severity", "critical"}};
  EXPECT_TRUE(matcher(R"(severity="critical")").matches(labels));
  EXPECT_FALSE(matcher(R"(severity="Critical")").matches(labels));
  EXPECT_FALSE(matcher(R"(severity!="critical")").matches(labels));
  EXPECT_TRUE(matcher(R"(severity=~"critical|emergency")").matches(labels));
  EXPECT_FALSE(matcher(R"(severity!~"critical|emergency")").matches(labels));
}

TEST(Matcher, takes_a_missing_label_for_the_empty_text) {
  const model::Labels labels{{"a", "b"}};
  EXPECT_TRUE(matcher(R"(x="")").matches(labels));
  EXPECT_TRUE(matcher(R"(x=~".*")").matches(labels));
  EXPECT_FALSE(matcher(R"(x=~".+")").matches(labels));
  EXPECT_TRUE(matcher(R"(x!="b")").matches(labels));
  EXPECT_FALSE(matcher(R"(x!="")").matches(labels));
  EXPECT_TRUE(matcher(R"(x!~".+")").matches(labels));
}

TEST(Matcher, wants_a_regular_expression_to_match_the_whole_value) {
  EXPECT_FALSE(matcher(R"(a=~"web")").matches("web-1"));
  EXPECT_FALSE(matcher(R"(a=~"web|db")").matches("my db"));
  EXPECT_FALSE(matcher(R"(a=~"a|ab")").matches("abc"));
  EXPECT_TRUE(matcher(R"(a=~"a|ab")").matches("ab"));
  EXPECT_TRUE(matcher(R"(a=~"web-\\d+")").matches("web-17"));
  EXPECT_FALSE(matcher(R"(a=~"web.")").matches("web\n"));
}

TEST(Matchers, must_all_match_and_none_match_everything) {
  auto both = parse_matchers(R"({a="1", b=~"2.*"})").value();
  EXPECT_TRUE(matches(both, {{"a", "1"}, {"b", "23"}}));
  EXPECT_FALSE(matches(both, {{"a", "1"}, {"b", "3"}}));
  EXPECT_FALSE(matches(both, {{"b", "23"}}));
  EXPECT_TRUE(matches(parse_matchers("{}").value(), {{"a", "1"}}));
  EXPECT_TRUE(matches(parse_matchers("").value(), {}));
}

TEST(Matchers, are_read_with_braces_and_without_quotes_and_blanks) {
  auto expected = parse_matchers(R"({a="b", c!~"d.*"})").value();
  ASSERT_EQ(expected.size(), 2U);
  for (auto text : {R"({a="b",c!~"d.*",})", R"( a = "b" , c !~ "d.*" )", R"("a"=b,c!~d.*)", R"({ "a"="b", "c"!~d.* })"})
    EXPECT_EQ(parse_matchers(text).value(), expected) << text;
  auto named = parse_matchers(R"({"größe in \"mm\""="a\\b\nc", x.y=ä})").value();
  EXPECT_EQ(named[0].name(), "größe in \"mm\"");
  EXPECT_EQ(named[0].value(), "a\\b\nc");
  EXPECT_EQ(named[1].name(), "x.y");
  EXPECT_EQ(named[1].value(), "ä");
}

TEST(Matchers, say_where_a_text_is_wrong) {
  EXPECT_THAT(error("{a=\"b\"").message(), HasSubstr("at byte 6: a comma or '}' is missing"));
  EXPECT_THAT(error("a=\"b\"}").message(), HasSubstr("'}' is one too many"));
  EXPECT_THAT(error("{a=\"b\" c=\"d\"}").message(), HasSubstr("a comma or '}' is missing"));
  EXPECT_THAT(error("{,}").message(), HasSubstr("a label's name is missing"));
  EXPECT_THAT(error("{a=}").message(), HasSubstr("at byte 3: a value is missing"));
  EXPECT_THAT(error("a").message(), HasSubstr("one of = != =~ !~"));
  EXPECT_THAT(error("a==b").message(), HasSubstr("a value is missing"));
  EXPECT_THAT(error("a=\"b").message(), HasSubstr("closing quote"));
  EXPECT_THAT(error("a=\"b\\").message(), HasSubstr("are escapes"));
  EXPECT_THAT(error(R"(a=~"web\.de")").message(), HasSubstr("a backslash is written"));
  EXPECT_THAT(error("a=\"b\nc\"").message(), HasSubstr("written \\n"));
  EXPECT_THAT(error("a=b{").message(), HasSubstr("'{' is one too many"));
  EXPECT_THAT(error(R"(""="b")").message(), HasSubstr("without a name"));
  EXPECT_THAT(error(R"(x="1", ab=~"(")").message(), HasSubstr("(at byte 7)"));
  EXPECT_THAT(error(R"(ab=~"(")").message(), HasSubstr("cannot match label 'ab': \"(\" is no regular expression"));
  EXPECT_THAT(error("a=\"\xff\"").message(), HasSubstr("must be UTF-8"));
  EXPECT_EQ(error("a=\"\xff\"").code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(parse_matcher("a=b,"));
  EXPECT_FALSE(parse_matcher("{a=b}"));
}

TEST(Matchers, have_bounds) {
  std::string many;
  for (std::size_t i = 0; i < kMostMatchers; ++i) many += "a=b,";
  EXPECT_EQ(parse_matchers(many).value().size(), kMostMatchers);
  EXPECT_EQ(error(many + "a=b").code(), ErrorCode::kTooLarge);
  std::string most(kMostMatcherBytes - 1, 'x');
  EXPECT_TRUE(parse_matchers("a=" + most));
  EXPECT_EQ(error("a=x" + most).code(), ErrorCode::kTooLarge);
  EXPECT_EQ(error("b=c,a=" + most).code(), ErrorCode::kTooLarge);
  // What was read is printed within the bound of what is read.
  auto quotes = Matcher::make("a", MatchOp::kEqual, std::string(kMostMatcherBytes - 1, '"')).value();
  EXPECT_EQ(parse_matcher(to_string(quotes)).value(), quotes);
  EXPECT_EQ(error(std::string(kMostMatcherText + 1, ' ')).code(), ErrorCode::kTooLarge);
  EXPECT_EQ(error("a=~\"(((a{100}){100}){100})\"").code(), ErrorCode::kInvalidArgument);
}

TEST(Matchers, share_regular_expressions_in_a_pool_and_account_for_their_own) {
  expr::RegexPool pool;
  auto pooled = parse_matchers(R"({a=~"x+", b!~"x+"})", &pool).value();
  EXPECT_EQ(pool.size(), 1U);
  EXPECT_LT(held_bytes(pooled), expr::kRegexBytes);
  auto own = parse_matchers(R"({a=~"x+", b!~"x+"})").value();
  EXPECT_GE(held_bytes(own), 2 * expr::kRegexBytes);
  EXPECT_TRUE(matches(pooled, {{"a", "xx"}}));
  EXPECT_EQ(pooled, own);
}

TEST(Matchers, come_back_from_their_text) {
  static constexpr std::string_view kPieces[] = {"a", "B", "_", "7", " ", "\"", "\\", "\n", "é",
                                                 "{", "}", ",", "=", "~", "!",  "'",  "`",  "\t"};
  std::mt19937 random(3);
  auto pick = [&](std::size_t n) { return random() % n; };
  auto word = [&](std::size_t least) {
    std::string out;
    for (auto n = least + pick(6); n > 0; --n) out += kPieces[pick(std::size(kPieces))];
    return out;
  };
  std::size_t compiled = 0;
  for (int i = 0; i < 5000; ++i) {
    Matchers list;
    for (auto n = pick(4); n > 0; --n) {
      auto made = Matcher::make(word(1), static_cast<MatchOp>(pick(4)), word(0));
      if (made) list.push_back(std::move(*made));  // not each text is a regular expression
    }
    compiled += list.size();
    auto text = to_string(std::span<const Matcher>(list));
    auto again = parse_matchers(text);
    ASSERT_TRUE(again) << text;
    ASSERT_EQ(*again, list) << text;
    for (const auto& one : list) ASSERT_EQ(parse_matcher(to_string(one)).value(), one);
  }
  EXPECT_GT(compiled, 5000U);
}

TEST(LabelsText, tells_different_labels_apart) {
  EXPECT_EQ(to_string(model::Labels{{"a", "b"}, {"c", "d\""}}), R"({a="b", c="d\""})");
  EXPECT_NE(to_string(model::Labels{{"a", "b\", c=\"d"}}), to_string(model::Labels{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(to_string(model::Labels{}), "{}");
}

}  // namespace
}  // namespace holter::alert
