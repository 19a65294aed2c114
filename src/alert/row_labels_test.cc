#include "alert/row_labels.h"

#include <gtest/gtest.h>

namespace holter::alert {
namespace {

TEST(RowLabels, are_read_in_the_order_of_the_text) {
  model::Labels labels;
  EXPECT_TRUE(parse_row_labels("", labels));
  EXPECT_TRUE(labels.empty());
  EXPECT_TRUE(parse_row_labels(R"(mount="/",type="ext4")", labels));
  EXPECT_EQ(labels, (model::Labels{{"mount", "/"}, {"type", "ext4"}}));
}

TEST(RowLabels, keep_quotes_commas_and_line_ends_of_values) {
  const model::Labels labels{{"a", "x,y=\"z\"\\\nend"}, {"b", ""}};
  model::Labels read;
  EXPECT_TRUE(parse_row_labels(to_row_labels(labels), read));
  EXPECT_EQ(read, labels);
}

TEST(RowLabels, refuse_what_is_no_list_of_labels) {
  for (const char* text : {"a", "a=", "a=b", "a=\"b", "=\"b\"", "a=\"b\"x", "a=\"b\",", "a=\"\\t\"", "a=\"\\"}) {
    model::Labels labels;
    EXPECT_FALSE(parse_row_labels(text, labels)) << text;
  }
}

TEST(RowLabels, refuse_more_than_their_limit) {
  model::Labels most(kMostRowLabels, {"a", "b"}), read;
  EXPECT_TRUE(parse_row_labels(to_row_labels(most), read));
  most.emplace_back("a", "b");
  EXPECT_FALSE(parse_row_labels(to_row_labels(most), read));
}

TEST(RowLabels, are_texts_or_numbers_for_rules) {
  model::FieldDef text{.field = "mount", .type = model::FieldType::kString, .label = true};
  model::FieldDef number{.field = "pid", .type = model::FieldType::kNumber, .label = true};
  EXPECT_TRUE(label_field_value(text, "7").same_as(expr::Value::of("7")));
  EXPECT_TRUE(label_field_value(number, "7").same_as(expr::Value::of(7.0)));
  EXPECT_TRUE(label_field_value(number, "seven").is_null());
}

}  // namespace
}  // namespace holter::alert
