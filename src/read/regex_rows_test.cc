#include "read/regex_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::read {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Telling final : public RowSink {
 public:
  bool begin_row() override {
    rows.emplace_back();
    return rows.size() <= most;
  }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    rows.back() += (rows.back().empty() ? "" : "|") + std::string(text.value_or("-"));
    return true;
  }
  std::vector<std::string> rows;
  std::size_t most = 100'000;
};

std::vector<std::string> rows_of(std::string_view expression, std::string_view text) {
  auto rows = RegexRows::compile(expression, {"k", "v", "none"});
  if (!rows) return {rows.error().message()};
  Telling told;
  auto summary = rows->read(text, told);
  if (!summary) return {summary.error().message()};
  return told.rows;
}

TEST(RegexRows, makes_a_row_of_each_match) {
  EXPECT_THAT(rows_of("(?P<k>[a-z]+)=(?P<v>[0-9]+)?", "a=1 b= c=33"), ElementsAre("a|1|-", "b|-|-", "c|33|-"));
  EXPECT_THAT(rows_of("(?m)^(?P<k>\\w+): (?P<v>.*)$", "x: 1\ny: 2\n"), ElementsAre("x|1|-", "y|2|-"));
}

TEST(RegexRows, passes_over_empty_matches) {
  EXPECT_THAT(rows_of("(?P<k>a*)", "baab"), ElementsAre("aa|-|-"));
}

TEST(RegexRows, says_that_there_is_no_match) {
  EXPECT_THAT(rows_of("(?P<k>x)", "a"), ElementsAre("cannot find \"(?P<k>x)\" in the answer"));
  EXPECT_THAT(rows_of("(?P<k>x)", ""), ElementsAre("cannot find \"(?P<k>x)\" in the answer"));
}

TEST(RegexRows, refuses_expressions_that_are_wrong) {
  EXPECT_THAT(rows_of("(", "a")[0], HasSubstr("cannot use the regular expression \"(\""));
  EXPECT_THAT(rows_of("", "a")[0], HasSubstr("it is empty"));
  EXPECT_THAT(rows_of("(a)", "a")[0], HasSubstr("it has no named group"));
}

TEST(RegexRows, bounds_rows_and_time) {
  auto rows = RegexRows::compile("(?P<k>a)", {"k"});
  Telling told;
  auto summary = rows->read(std::string(20'000, 'a'), told);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->rows, RegexRows::kMaxRows);
  EXPECT_EQ(summary->matches, 20'000);
  Telling full;
  full.most = 1;
  EXPECT_EQ(rows->read("aa", full).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(rows_of("(?P<k>(a+)+$)", std::string(100'000, 'a') + "b")[0], HasSubstr("cannot find"));
}

}  // namespace
}  // namespace holter::read
