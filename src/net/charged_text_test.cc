#include "net/charged_text.h"

#include <gtest/gtest.h>

namespace holter::net {
namespace {

TEST(ChargedText, charges_what_it_holds_and_gives_it_back) {
  memory::Account account("test", nullptr, 1 << 20);
  {
    ChargedText text(account, 100'000);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(text.append(std::string(1000, 'x')));
    EXPECT_EQ(text.size(), 50'000);
    EXPECT_GE(account.used(), 50'000);
    EXPECT_LE(account.used(), 100'000);
  }
  EXPECT_EQ(account.used(), 0);
}

TEST(ChargedText, refuses_a_byte_beyond_its_limit_and_keeps_the_text) {
  memory::Account account("test", nullptr, 1 << 20);
  ChargedText text(account, 10);
  ASSERT_TRUE(text.append("0123456789"));
  auto refused = text.append("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(refused.error().message(), "more than 10 B");
  EXPECT_EQ(text.text(), "0123456789");
}

TEST(ChargedText, is_refused_by_a_full_account) {
  memory::Account account("test", nullptr, 20'000);
  ChargedText text(account, 1 << 20);
  ASSERT_TRUE(text.append(std::string(5'000, 'x')));
  auto refused = text.append(std::string(30'000, 'y'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_NE(refused.error().message().find("account test is full"), std::string::npos) << refused.error().message();
  EXPECT_EQ(text.size(), 5'000);
  EXPECT_LE(account.peak(), 20'000);
}

TEST(ChargedText, takes_an_exact_fit_where_doubling_does_not_fit) {
  memory::Account account("test", nullptr, 20'000);
  ChargedText text(account, 1 << 20);
  ASSERT_TRUE(text.append(std::string(7'000, 'x')));
  EXPECT_TRUE(text.append(std::string(3'000, 'y')));
  EXPECT_EQ(text.size(), 10'000);
}

TEST(ChargedText, keeps_the_charge_with_the_text_that_was_taken) {
  memory::Account account("test", nullptr, 1 << 20);
  ChargedText text(account, 1 << 20);
  ASSERT_TRUE(text.append("body"));
  {
    memory::Reservation reserved;
    auto taken = text.take(reserved);
    EXPECT_EQ(taken, "body");
    EXPECT_GE(reserved.bytes(), 4);
    EXPECT_EQ(text.size(), 0);
  }
  EXPECT_EQ(account.used(), 0);
}

}  // namespace
}  // namespace holter::net
