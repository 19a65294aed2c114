#include "catalog/rules.h"

#include <gtest/gtest.h>

namespace holter::catalog {
namespace {

TEST(Rules, sealed_bytes_come_back_from_their_text) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(to_hex(std::string_view("\x00\xff", 2)), "00ff");
  EXPECT_EQ(from_hex(to_hex(bytes)).value(), bytes);
  EXPECT_EQ(from_hex("").value(), "");
}

TEST(Rules, text_that_holds_no_bytes_is_corrupt) {
  for (const char* text : {"0", "0g", "0F", "123", " 00"})
    EXPECT_EQ(from_hex(text).error().code(), ErrorCode::kCorruption) << text;
}

TEST(Rules, a_text_is_utf8_without_nul_up_to_its_bound) {
  EXPECT_TRUE(check_text("x", "", 0).has_value());
  EXPECT_TRUE(check_text("x", "\xe4\xbd\xa0\n\t", 5).has_value());
  EXPECT_FALSE(check_text("x", "\xe4\xbd\xa0", 2).has_value());
  EXPECT_FALSE(check_text("x", "a\xe4\xbd", 10).has_value()) << "cut within a character";
  EXPECT_FALSE(check_text("x", std::string_view("a\0b", 3), 10).has_value());
}

TEST(Rules, a_name_is_one_line_without_blanks_at_its_ends) {
  EXPECT_TRUE(check_name("x", "db 1 \xe4\xbd\xa0").has_value());
  for (const char* name : {"", " a", "a ", "a\nb", "a\x7f"}) EXPECT_FALSE(check_name("x", name).has_value()) << name;
}

}  // namespace
}  // namespace holter::catalog
