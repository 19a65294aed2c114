#include "collect/shared_parts.h"

#include <string>

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

using Counts = SharedParts::Counts;

TEST(SharedParts, makes_one_of_equal_values_of_a_type_and_counts_it_once) {
  SharedParts parts(Counts::kFirst);
  auto first = parts.keep(std::string("db.example:5432"));
  auto second = parts.keep(std::string("db.example:5432"));
  auto other = parts.keep(std::string("db.example:3306"));
  auto number = parts.keep(5432);
  EXPECT_EQ(first.value, second.value);
  EXPECT_NE(first.value, other.value);
  EXPECT_EQ(*number, 5432);
  EXPECT_TRUE(first.own);
  EXPECT_FALSE(second.own);
  EXPECT_TRUE(other.own);
}

TEST(SharedParts, what_is_the_definitions_counts_for_nobody_until_it_differs_too_much) {
  SharedParts parts(Counts::kNobody);
  for (int i = 0; i < static_cast<int>(SharedParts::kMost); ++i) EXPECT_FALSE(parts.keep(i).own);
  EXPECT_TRUE(parts.keep(100).own);
  EXPECT_TRUE(parts.keep(100).own);
  EXPECT_FALSE(parts.keep(3).own);
}

TEST(SharedParts, lets_the_oldest_go_and_holders_keep_theirs) {
  SharedParts parts(Counts::kFirst);
  auto first = parts.keep(std::string("0"));
  for (int i = 1; i <= static_cast<int>(SharedParts::kMost); ++i) (void)parts.keep(std::to_string(i));
  EXPECT_EQ(*first, "0");
  EXPECT_NE(parts.keep(std::string("0")).value, first.value);
  parts.clear();
  EXPECT_TRUE(parts.keep(std::string("1")).own);
}

}  // namespace
}  // namespace holter::collect
