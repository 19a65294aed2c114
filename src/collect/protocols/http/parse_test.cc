#include "collect/protocols/http/parse.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::collect::http {
namespace {

using model::ResultCode;
using Kind = RawTable::Kind;
using ::testing::HasSubstr;
using Parser = Outcome (*)(const Answer&, RawTable&);

class HttpParseTest : public ::testing::Test {
 protected:
  Outcome parse(Parser parser, std::string body) {
    response_.body = std::move(body);
    table_.charge_to(account_);
    table_.reset(aliases_.size());
    return parser(
        {.response = response_, .aliases = aliases_, .keyword_count = 3, .response_time_ms = 1.5, .account = account_},
        table_);
  }
  /// Cells of a row as texts; "-" for null.
  std::vector<std::string> row(std::size_t number) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      const auto& cell = table_.at(number, i);
      if (cell.kind == Kind::kNull) out.push_back("-");
      if (cell.kind == Kind::kInteger) out.push_back(std::to_string(cell.integer));
      if (cell.kind == Kind::kDouble) out.push_back(fmt::format("{}", cell.number));
      if (cell.kind == Kind::kText) out.emplace_back(table_.text(cell));
    }
    return out;
  }
  using Row = std::vector<std::string>;

  memory::Account account_{"test", nullptr, 32 << 20};
  std::vector<std::string> aliases_;
  net::HttpResponse response_;
  RawTable table_;
};

TEST_F(HttpParseTest, website_has_status_time_and_keyword_whatever_the_case) {
  aliases_ = {"STATUScode", "responsetime", "keyWord", "other"};
  response_.status = 204;
  ASSERT_EQ(parse(parse_website, "").code, ResultCode::kSuccess);
  EXPECT_EQ(row(0), (Row{"204", "1.5", "3", "-"}));
}

TEST_F(HttpParseTest, header_takes_the_first_of_a_name_whatever_the_case) {
  aliases_ = {"content-type", "X-Twice", "missing", "responseTime"};
  response_.headers = {{"Content-Type", "text/html"}, {"x-twice", "1"}, {"X-Twice", "2"}};
  ASSERT_EQ(parse(parse_header, "").code, ResultCode::kSuccess);
  EXPECT_EQ(row(0), (Row{"text/html", "1", "-", "1.5"}));
}

TEST_F(HttpParseTest, default_takes_top_level_scalars_of_an_object) {
  aliases_ = {"i", "d", "t", "b", "one", "deep.key", "responseTime", "none"};
  auto outcome = parse(parse_default,
                       R"({"i":-7,"d":1.25,"t":"text","b":true,"one":["x"],"deep.key":9007199254740993,"z":{"q":1}})");
  ASSERT_EQ(outcome.code, ResultCode::kSuccess) << outcome.message;
  EXPECT_EQ(row(0), (Row{"-7", "1.25", "text", "true", "x", "9007199254740993", "1.5", "-"}));
}

TEST_F(HttpParseTest, default_makes_a_row_of_each_object_of_an_array) {
  aliases_ = {"a"};
  ASSERT_EQ(parse(parse_default, R"([{"a":1}, 5, null, {"a":2}, {"b":3}])").code, ResultCode::kSuccess);
  ASSERT_EQ(table_.rows(), 3);
  EXPECT_EQ(row(1), (Row{"2"}));
  EXPECT_EQ(row(2), (Row{"-"}));
}

TEST_F(HttpParseTest, default_has_no_rows_for_an_empty_body_or_a_scalar) {
  aliases_ = {"a"};
  for (const char* body : {"", "5", "\"text\"", "null"}) {
    EXPECT_EQ(parse(parse_default, body).code, ResultCode::kSuccess) << body;
    EXPECT_EQ(table_.rows(), 0) << body;
  }
}

TEST_F(HttpParseTest, default_fails_on_what_is_not_json_or_not_scalar) {
  aliases_ = {"a"};
  for (const char* body : {"<html>", "{\"a\":1", "{\"a\":1} trailing", "{'a':1}", "{\"a\":\"\xff\xfe\"}"}) {
    auto outcome = parse(parse_default, body);
    EXPECT_EQ(outcome.code, ResultCode::kFail) << body;
    EXPECT_THAT(outcome.message, HasSubstr("parse response data error")) << body;
  }
  auto outcome = parse(parse_default, R"({"a":{"b":1}})");
  EXPECT_EQ(outcome.message, "parse response data error: the value of 'a' is not a scalar");
}

TEST_F(HttpParseTest, default_refuses_depth) {
  aliases_ = {"a"};
  auto outcome = parse(parse_default, std::string(1000, '[') + std::string(1000, ']'));
  EXPECT_EQ(outcome.code, ResultCode::kFail);
  EXPECT_THAT(outcome.message, HasSubstr("not JSON"));
}

TEST_F(HttpParseTest, default_refuses_a_document_that_grows_in_memory) {
  aliases_ = {"a"};
  std::string body = "[";
  for (int i = 0; i < 1'000'000; ++i) body += "[],";
  body += "1]";
  auto outcome = parse(parse_default, std::move(body));
  EXPECT_EQ(outcome.code, ResultCode::kFail);
  EXPECT_THAT(outcome.message, HasSubstr("needs more memory than 16.0 MiB"));
  EXPECT_LE(account_.peak(), 17 << 20);
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(HttpParseTest, default_refuses_a_document_that_the_account_has_no_room_for) {
  aliases_ = {"a"};
  account_.set_limit(10'000);
  std::string body = "[";
  for (int i = 0; i < 10'000; ++i) body += "{\"a\":1},";
  auto outcome = parse(parse_default, body + "1]");
  EXPECT_EQ(outcome.code, ResultCode::kFail);
  EXPECT_THAT(outcome.message, HasSubstr("the account test has left"));
  EXPECT_EQ(account_.used(), 0);
}

TEST(HttpKeyword, counts_matches_that_do_not_overlap) {
  EXPECT_EQ(count_matches("aa", "aaaaa"), 2);
  EXPECT_EQ(count_matches("^x", "xx"), 1);
  EXPECT_EQ(count_matches("[0-9]+", "1 22 333"), 3);
  EXPECT_EQ(count_matches("x*", "ab"), 3);
  EXPECT_EQ(count_matches("", "ab"), 0);
  EXPECT_EQ(count_matches("(", "((("), 0);
  EXPECT_EQ(count_matches("\xe6\x97\xa5", "\xe6\x97\xa5\xe6\x97\xa5"), 2);
}

TEST(HttpKeyword, stays_linear_on_hostile_patterns) {
  EXPECT_EQ(count_matches("(a+)+$", std::string(100'000, 'a') + "b"), 0);
}

TEST(HttpKeyword, says_what_is_wrong_with_a_pattern) {
  EXPECT_EQ(fault_of_pattern("a+"), "");
  EXPECT_NE(fault_of_pattern("("), "");
}

}  // namespace
}  // namespace holter::collect::http
