#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ruletest/series.h"
#include "ruletest/values.h"

namespace holter::ruletest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Values values_of(std::string_view text) {
  auto values = expand_values(text);
  EXPECT_TRUE(values) << text << ": " << values.error().message();
  return values ? *values : Values();
}

TEST(ExpandingNotation, has_numbers_steps_and_repetitions) {
  EXPECT_THAT(values_of("1 -2.5 +3 .5"), ElementsAre(1, -2.5, 3, 0.5));
  EXPECT_THAT(values_of("-2+4x3"), ElementsAre(-2, 2, 6, 10));
  EXPECT_THAT(values_of(" 1-2x4 "), ElementsAre(1, -1, -3, -5, -7));
  EXPECT_THAT(values_of("1x4"), ElementsAre(1, 1, 1, 1, 1));
  EXPECT_THAT(values_of("7x0\n8"), ElementsAre(7, 8));
  EXPECT_THAT(values_of("1e3+1e-1x1 1e+2x1"), ElementsAre(1000, 1000.1, 100, 100));
  EXPECT_THAT(values_of("0x2"), ElementsAre(0, 0, 0)) << "zeros, not a hexadecimal number";
  EXPECT_THAT(values_of(""), IsEmpty());
}

TEST(ExpandingNotation, has_results_that_did_not_come) {
  EXPECT_THAT(values_of("1 _x3 stale"), ElementsAre(1, std::nullopt, std::nullopt, std::nullopt, std::nullopt));
  EXPECT_THAT(values_of("_ 2 _x0 3"), ElementsAre(std::nullopt, 2, 3));
}

TEST(ExpandingNotation, of_anything_else_is_an_error_that_quotes_it) {
  for (auto text : {"x", "1x", "1+x3", "1+2", "1+-2x3", "--1", "1x-1", "1x2y", "__", "_x", "_x-1", "stalex2", "NaN",
                    "inf", "1,2", "0xg", "1x1x1", "1e999", "1x18446744073709551616"}) {
    auto values = expand_values(std::string("5 ") + text);
    ASSERT_FALSE(values) << text;
    EXPECT_THAT(values.error().message(), HasSubstr(text));
    EXPECT_EQ(values.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_THAT(expand_values("{{schema:1}}").error().message(), HasSubstr("histograms"));
  EXPECT_THAT(expand_values("1e308+1e308x5").error().message(), HasSubstr("grows beyond"));
}

TEST(ExpandingNotation, is_bounded) {
  EXPECT_EQ(values_of("1x19999").size(), kMostValues);
  for (auto text : {"1x20000", "1 1x19999", "_x20001", "1x18446744073709551615", "_x18446744073709551615"}) {
    auto values = expand_values(text);
    ASSERT_FALSE(values) << text;
    EXPECT_EQ(values.error().code(), ErrorCode::kTooLarge) << text;
  }
}

TEST(SeriesNames, have_labels_in_quotes) {
  auto series = parse_series(R"( used { monitor = "web-1" , mount='/a "b"', x="a\\b\"c\nd",} )");
  ASSERT_TRUE(series) << series.error().message();
  EXPECT_EQ(series->name, "used");
  EXPECT_THAT(series->labels,
              ElementsAre(Pair("monitor", "web-1"), Pair("mount", "/a \"b\""), Pair("x", "a\\b\"c\nd")));
  EXPECT_THAT(parse_series("up")->labels, IsEmpty());
  EXPECT_THAT(parse_series("up{}")->labels, IsEmpty());
}

TEST(SeriesNames, that_are_wrong_are_told_with_the_column) {
  auto error = [](std::string_view text) {
    auto series = parse_series(text);
    EXPECT_FALSE(series) << text;
    return series ? "" : series.error().message();
  };
  EXPECT_THAT(error(""), HasSubstr("column 1: a name is needed"));
  EXPECT_THAT(error(R"({a="b"})"), HasSubstr("column 1: a name is needed"));
  EXPECT_THAT(error(R"(up{a="b")"), HasSubstr("column 9: ',' or '}' is needed"));
  EXPECT_THAT(error(R"(up{a="b)"), HasSubstr("the quote is not closed"));
  EXPECT_THAT(error(R"(up{a="b\)"), HasSubstr("the quote is not closed"));
  EXPECT_THAT(error(R"(up{a="\t"})"), HasSubstr("can be escaped"));
  EXPECT_THAT(error("up{a=b}"), HasSubstr("column 6: a value in quotes is needed"));
  EXPECT_THAT(error(R"(up{a!="b"})"), HasSubstr("'=' is needed"));
  EXPECT_THAT(error(R"(up{a="b",a="c"})"), HasSubstr("the label 'a' stands twice"));
  EXPECT_THAT(error(R"(up{="b"})"), HasSubstr("the name of a label is needed"));
  EXPECT_THAT(error(R"(up{a="b"} > 0)"), HasSubstr("nothing may stand behind it"));
  std::string many = "up{";
  for (std::size_t i = 0; i <= kMostSeriesLabels; ++i) many += "l" + std::to_string(i) + "=\"\",";
  EXPECT_THAT(error(many + "}"), HasSubstr("more than 64 labels"));
  EXPECT_THAT(error(std::string(kMostSeriesText + 1, 'a')), HasSubstr("8192 are the most"));
}

}  // namespace
}  // namespace holter::ruletest
