#include "catalog/label_json.h"

#include <gtest/gtest.h>

namespace holter::catalog {
namespace {

TEST(LabelJson, labels_come_back_whatever_stands_in_them) {
  model::Labels labels{{"a\"b\\", "x\n\t\x01'; --"}, {"empty", ""}, {"\xf0\x9f\x94\xa5", "\xe4\xbd\xa0 {}[],:"}};
  auto json = labels_to_json(labels);
  EXPECT_EQ(json,
            "{\"a\\\"b\\\\\":\"x\\u000a\\u0009\\u0001'; --\",\"empty\":\"\","
            "\"\xf0\x9f\x94\xa5\":\"\xe4\xbd\xa0 {}[],:\"}");
  EXPECT_EQ(labels_from_json(json).value(), labels);
  EXPECT_EQ(labels_to_json({}), "{}");
  EXPECT_TRUE(labels_from_json("{}")->empty());
}

TEST(LabelJson, other_programs_json_of_the_same_is_read_and_sorted) {
  auto read = labels_from_json(" { \"b\" : \"\\ud83d\\udd25\\u00e9\\/\\n\" ,\n\"a\":\"1\" } ");
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(*read, (model::Labels{{"a", "1"}, {"b", "\xf0\x9f\x94\xa5\xc3\xa9/\n"}}));
}

TEST(LabelJson, anything_else_is_corrupt) {
  for (const char* json : {"",
                           "{",
                           "{}x",
                           "[]",
                           "null",
                           "{\"a\"}",
                           "{\"a\":1}",
                           "{\"a\":\"1\",}",
                           "{\"a\":\"1\" \"b\":\"2\"}",
                           "{\"a\":\"1\",\"a\":\"2\"}",
                           "{\"a\":\"\\ud83d\"}",
                           "{\"a\":\"\\udd25\"}",
                           "{\"a\":\"\\u00g0\"}",
                           "{\"a\":\"\\u0000\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":\"\n\"}",
                           "{,\"a\":\"1\"}",
                           "{\"a\":\"\\u+123\"}"})
    EXPECT_EQ(labels_from_json(json).error().code(), ErrorCode::kCorruption) << json;
}

TEST(LabelJson, ids_come_back_and_anything_else_is_corrupt) {
  for (std::vector<std::uint64_t> ids : {std::vector<std::uint64_t>{}, {1}, {3, 2, 1ULL << 62}})
    EXPECT_EQ(ids_from_json(ids_to_json(ids)).value(), ids);
  EXPECT_EQ(ids_to_json({3, 2}), "[3,2]");
  for (const char* json : {"", "[", "[1", "[1,]", "[1 2]", "[-1]", "[1]x", "[99999999999999999999]", "{}"})
    EXPECT_FALSE(ids_from_json(json).has_value()) << json;
}

TEST(LabelJson, the_end_of_a_string_is_behind_a_quote_that_is_not_escaped) {
  EXPECT_EQ(end_of_json_string("\"a\\\"b\\\\\",1", 0), 8U);
  EXPECT_EQ(end_of_json_string("\"\"", 0), 2U);
  for (const char* open : {"\"", "\"a", "\"a\\\"", "\"\\"})
    EXPECT_EQ(end_of_json_string(open, 0), std::string_view::npos) << open;
}

TEST(LabelJson, a_pattern_means_its_text_and_nothing_else) {
  EXPECT_EQ(like_anywhere("50%_!a"), "%50!%!_!!a%");
  EXPECT_EQ(to_lower("Disk \xc3\x84"), "disk \xc3\x84");
}

}  // namespace
}  // namespace holter::catalog
