#include "collect/hex.h"

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

TEST(Hex, goes_there_and_back) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(from_hex(to_hex(bytes), 256).value(), bytes);
  EXPECT_EQ(from_hex("0A ff\n", 2).value(), "\n\xff");
  EXPECT_EQ(from_hex("", 2).value(), "");
}

TEST(Hex, refuses_other_signs_odd_numbers_and_too_much) {
  EXPECT_FALSE(from_hex("0g", 9));
  EXPECT_FALSE(from_hex("0a0", 9));
  EXPECT_FALSE(from_hex("0a0b0c", 2));
}

}  // namespace
}  // namespace holter::collect
