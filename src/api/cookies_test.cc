#include "api/cookies.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

TEST(Cookies, finds_the_one_of_that_name) {
  EXPECT_EQ(find_cookie("a=1; holter=x; b=2", "holter"), "x");
  EXPECT_EQ(find_cookie("holter=x", "holter"), "x");
  EXPECT_EQ(find_cookie("  holter = x=y ", "holter"), "x=y");
  EXPECT_EQ(find_cookie("holter=", "holter"), "");
}

TEST(Cookies, finds_none_where_there_is_none_or_more_than_one) {
  for (std::string_view field : {"", ";", "=", "holter", "xholter=1", "holterx=1", "a=holter=1", "holter=1; holter=2"})
    EXPECT_EQ(find_cookie(field, "holter"), std::nullopt) << field;
}

TEST(Cookies, is_deleted_by_an_age_of_nothing) {
  EXPECT_EQ(set_cookie("holter", "", false, 0), "holter=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

}  // namespace
}  // namespace holter::api
