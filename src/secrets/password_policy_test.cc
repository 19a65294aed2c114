#include "secrets/password_policy.h"

#include <string>

#include <gtest/gtest.h>

namespace holter::secrets {
namespace {

std::string why_not(std::string_view password, std::string_view user = "alice") {
  auto status = check_new_password(password, user);
  if (status) return "";
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  auto message = status.error().message();
  EXPECT_TRUE(message.starts_with("cannot take this password: ")) << message;
  return message.substr(27);
}

TEST(PasswordPolicy, takes_what_is_long_enough) {
  EXPECT_EQ(why_not("kuxofemiba"), "");
  EXPECT_EQ(why_not("correct horse battery"), "");
  EXPECT_EQ(why_not("8374928374"), "");
  EXPECT_EQ(why_not(std::string(511, 'x') + std::string(513, 'y')), "");
  EXPECT_EQ(why_not("正确的马电池订书钉啊"), "") << "ten characters";
}

TEST(PasswordPolicy, counts_characters_at_least_and_bytes_at_most) {
  EXPECT_EQ(why_not(""), "it has 0 characters, 10 is the least");
  EXPECT_EQ(why_not("kuxofemib"), "it has 9 characters, 10 is the least");
  EXPECT_EQ(why_not("正确的马电池订书钉"), "it has 9 characters, 10 is the least") << "27 bytes";
  EXPECT_EQ(why_not(std::string(512, 'x') + std::string(513, 'y')), "it has 1025 bytes, 1024 is the most");
}

TEST(PasswordPolicy, refuses_what_is_no_text) {
  EXPECT_EQ(why_not("kuxofemib\xff"), "it is not UTF-8");
  EXPECT_EQ(why_not("\xc0\x80\xc0\x80\xc0\x80\xc0\x80\xc0\x80"), "it is not UTF-8");
}

TEST(PasswordPolicy, refuses_the_most_common_ones) {
  EXPECT_EQ(why_not("Password123"), "it is one of the most common");
  EXPECT_EQ(why_not("1234567890"), "it is one of the most common");
  EXPECT_EQ(why_not("aaaaaaaaaaaa"), "it is one character over and over");
  EXPECT_EQ(why_not("马马马马马马马马马马"), "it is one character over and over");
}

TEST(PasswordPolicy, refuses_the_users_own_name) {
  EXPECT_EQ(why_not("alicealice"), "without the user's name it has 0 characters, 8 is the least");
  EXPECT_EQ(why_not("Alice12345"), "without the user's name it has 5 characters, 8 is the least");
  EXPECT_EQ(why_not("ecila-2026"), "without the user's name it has 5 characters, 8 is the least");
  EXPECT_EQ(why_not("alice12345678"), "");
  EXPECT_EQ(why_not("kuxofemiba", "ALICE"), "");
  EXPECT_EQ(why_not("al-kuxofe-al", "al"), "") << "two letters are in too many words";
  EXPECT_EQ(why_not("kuxofemiba", ""), "");
}

}  // namespace
}  // namespace holter::secrets
