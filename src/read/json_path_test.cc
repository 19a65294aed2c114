#include "read/json_path.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::read;

TEST(JsonPath, yields_what_the_page_says) {
  std::ifstream page("docs/json-path.md");
  ASSERT_TRUE(page.is_open());
  std::string line, document, block;
  int examples = 0;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      block = block.empty() ? line.substr(3) : "";
      if (block == "json") document.clear();
    } else if (block == "json") {
      document += line + "\n";
    } else if (block == "json-path") {
      const auto split = line.find(" ;; ");
      ASSERT_NE(split, std::string::npos) << line;
      const auto expected = line.substr(split + 4);
      const auto got = read(line.substr(0, split), document);
      ++examples;
      if (expected.starts_with("error: "))
        EXPECT_TRUE(got.starts_with("error: cannot ") && got.contains(expected.substr(7))) << line << "\n got " << got;
      else
        EXPECT_EQ(got, expected) << line;
    }
  }
  EXPECT_GT(examples, 60);
}

TEST(JsonPath, leads_to_one_value_or_to_many) {
  EXPECT_TRUE(JsonPath::compile("$.a['b'][0]")->definite());
  EXPECT_FALSE(JsonPath::compile("$.a.*")->definite());
  EXPECT_FALSE(JsonPath::compile("$..a")->definite());
}

TEST(JsonPath, tells_the_column_of_an_error) {
  EXPECT_EQ(JsonPath::compile("$.a[?(@.b == 'x]").error().message(),
            "cannot compile JSONPath \"$.a[?(@.b == 'x]\": column 17: the quoted text has no end");
  for (const char* wrong : {"",
                            "$.",
                            "$..",
                            "$[",
                            "$[]",
                            "$[?]",
                            "$[?(",
                            "$[?()]",
                            "$[1,]",
                            "$['a',]",
                            "$[1:2:3:4]",
                            "$a",
                            "@.a",
                            "$.a[?(@.b =~ 'x')]",
                            "$.a[?(@.b =~ /x/g)]",
                            "$[99999999999999999999]",
                            "$.a[?(1)]",
                            "$.a[?(@.b && )]",
                            "$.a[?(@.b))]",
                            "$.a.b()",
                            "$.a..length()"})
    EXPECT_EQ(JsonPath::compile(wrong).error().code(), ErrorCode::kInvalidArgument) << wrong;
}

TEST(JsonPath, refuses_what_is_nested_or_longer_than_the_limits) {
  EXPECT_FALSE(JsonPath::compile("$" + std::string(5000, 'a')).has_value());
  std::string parts = "$", filters = "$[?(", brackets;
  for (int i = 0; i < 65; ++i) parts += ".a";
  EXPECT_TRUE(JsonPath::compile(parts).error().message().contains("64 parts"));
  for (int i = 0; i < 1000; ++i) filters += "(";
  EXPECT_TRUE(JsonPath::compile(filters).error().message().contains("16 levels"));
  filters = "$[?(";
  for (int i = 0; i < 1000; ++i) filters += "!";
  EXPECT_TRUE(JsonPath::compile(filters).error().message().contains("16 levels"));
  for (int i = 0; i < 1000; ++i) brackets += "$[?(@";
  EXPECT_FALSE(JsonPath::compile(brackets).has_value());
}

TEST(JsonPath, keeps_numbers_as_they_are_written) {
  EXPECT_EQ(read("$.*", R"({"a":1.50,"b":1E3,"c":-0,"d":12345678901234567890123})"),
            "[1.50,1E3,-0,12345678901234567890123]");
}

TEST(JsonPath, decodes_escapes_in_names_and_texts) {
  EXPECT_EQ(read("$.a\tb['\xC3\xA9\"']", R"({"a\tb":{"\u00e9\"":"x\u0041\n\ud83d\ude00"}})"),
            "[\"xA\\n\xF0\x9F\x98\x80\"]");
}

TEST(JsonPath, takes_the_first_of_members_with_one_name) {
  EXPECT_EQ(read("$.a", R"({"a":1,"a":2})"), "[1]");
  EXPECT_EQ(read("$.a.b", R"({"a":{"b":1,"b":3},"a":{"b":2}})"), "[1]");
  EXPECT_EQ(read("$..a", R"({"a":1,"a":2})"), "[1]");
  EXPECT_EQ(read("$.*", R"({"a":1,"a":2})"), "[1,2]");
}

TEST(JsonPath, reads_scalars_as_documents) {
  EXPECT_EQ(read("$", " 12 "), "[12]");
  EXPECT_EQ(read("$", "\"x\""), "[\"x\"]");
  EXPECT_EQ(read("$.*", "12"), "[]");
  EXPECT_EQ(read("$[?(@.a)]", "12"),
            "error: cannot read JSONPath \"$[?(@.a)]\": part 1 needs an array, but there is a number");
  EXPECT_EQ(read("$", "\xEF\xBB\xBF{}"), "[{}]");
}

TEST(JsonPath, tests_an_object_itself_and_the_elements_of_an_array) {
  EXPECT_EQ(read("$.x[?(@.a == 1)].b", R"({"x":{"a":1,"b":2}})"), "[2]");
  EXPECT_EQ(read("$.x[?(@.a == 1)].b", R"({"x":{"a":3,"b":2}})"), "[]");
  EXPECT_EQ(read("$.x[?(@[0] == 1)][1]", R"({"x":[[1,2],[3,4],[1,5],7]})"), "[2,5]");
  EXPECT_EQ(read("$..[?(@.a == 1)].b", R"({"x":[{"a":1,"b":2}],"y":{"a":1,"b":3}})"), "[2,3]");
}

TEST(JsonPath, says_where_a_text_is_no_json) {
  for (const char* wrong : {"", "{", "[1,", "[1 2]", "{\"a\"}", "nul", "[01]", "[1.]", "\"a", "\"\\x\"", "[1]x",
                            "{'a':1}", "<html>", "[\"a\tb\"]", "// x\n1", "[1,]"})
    EXPECT_TRUE(read("$.a", wrong).starts_with("error: cannot read the JSON document: ")) << wrong << read("$", wrong);
  EXPECT_EQ(read("$", "[1,2}"), "error: cannot read the JSON document: syntax error at byte 4 of 5, near \"}\"");
}

TEST(JsonPath, finds_a_truncated_document_though_the_value_came_before) {
  EXPECT_TRUE(read("$.a", R"({"a":1,"b":[1,2)").starts_with("error: "));
}

TEST(JsonPath, hands_on_the_error_of_the_results) {
  class Stop final : public JsonResults {
    Status value(const JsonTree&, std::uint32_t) override { return Error(ErrorCode::kCancelled, "cannot go on"); }
  } stop;
  memory::Account account("test", nullptr, 1 << 20);
  EXPECT_EQ(JsonPath::compile("$.*")->read("[1,2]", account, stop).error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace holter::read
