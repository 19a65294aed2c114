#include "api/local_path.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

TEST(LocalPath, leads_to_this_server_only) {
  for (const char* good : {"/", "/monitors", "/?a=b&c=%41#/d", "/a//b", "/login"}) EXPECT_EQ(local_path(good), good);
  for (std::string_view bad :
       {std::string_view(""), std::string_view("//evil.example"), std::string_view("/\\evil.example"),
        std::string_view("\\/evil.example"), std::string_view("https://evil.example"), std::string_view("evil"),
        std::string_view("javascript:alert(1)"), std::string_view("/\t/evil.example"),
        std::string_view("/\n/evil.example"), std::string_view("///evil.example"), std::string_view(" //evil.example"),
        std::string_view("/a\r\nSet-Cookie: b=c"), std::string_view("/a\0b", 4), std::string_view("/a\\..\\b")})
    EXPECT_EQ(local_path(bad), "/") << bad;
}

TEST(LocalPath, is_fit_for_a_header) {
  EXPECT_EQ(local_path("/a b\"<é>"), "/a%20b%22%3C%C3%A9%3E");
}

}  // namespace
}  // namespace holter::api
