#include "app/text_table.h"

#include <gtest/gtest.h>

namespace holter::app {
namespace {

using enum TextTable::Align;

TEST(TextTable, aligns_columns_by_what_a_terminal_shows) {
  TextTable table({kLeft, kRight, kLeft});
  table.add({"名称", "1", "a"});
  table.add({"ab", "10.5", ""});
  EXPECT_EQ(table.text("  "),
            "  名称     1  a\n"
            "  ab    10.5\n");
}

TEST(TextTable, cuts_what_is_too_long_and_shows_control_bytes) {
  TextTable table({kLeft, kLeft}, 10);
  table.add({std::string(50, 'x'), "\x1b"});
  EXPECT_EQ(table.text(), "xxxxxxxxxx...  \\x1b\n");
}

TEST(TextWidth, counts_code_points_wide_ones_twice_and_marks_not) {
  EXPECT_EQ(text_width("abc"), 3u);
  EXPECT_EQ(text_width("\xc3\xbc"), 1u);
  EXPECT_EQ(text_width("e\xcc\x81"), 1u);
  EXPECT_EQ(text_width("主机"), 4u);
  EXPECT_EQ(text_width("\xff\xc3"), 2u);  // not UTF-8
}

}  // namespace
}  // namespace holter::app
