#include "base/web_url.h"

#include <string>

#include <gtest/gtest.h>

namespace holter {
namespace {

TEST(WebUrl, by_https_any_host_and_by_http_only_this_machine) {
  for (const char* good : {"https://login.example", "https://login.example:8443/realms/x?a=b", "http://localhost",
                           "http://localhost:3000/", "http://127.0.0.1:1", "http://127.1.2.3/x", "http://[::1]:80/x"})
    EXPECT_TRUE(check_web_url(good)) << good;
  for (const char* bad : {"",
                          "https://",
                          "https:///x",
                          "http://",
                          "http://login.example",
                          "http://127.evil.example",
                          "http://127.0.0.1.x",
                          "http://localhost.evil.example",
                          "http://localhost@evil.example",
                          "http://evil@localhost",
                          "https://a@b",
                          "https://:443/",
                          "HTTPS://x",
                          "ftp://localhost",
                          "javascript:alert(1)",
                          "https://x/#y",
                          "https://x/ y",
                          "https://x/\n",
                          "https://\xc3\xa9",
                          "http://[::2]",
                          "http://[::1",
                          "http://10.0.0.1",
                          "https://x\\y"})
    EXPECT_FALSE(check_web_url(bad)) << bad;
  EXPECT_FALSE(check_web_url("https://x/" + std::string(1000, 'a')));
}

TEST(WebUrl, what_is_wrong_is_said) {
  EXPECT_EQ(check_web_url("http://login.example").error().message(),
            "cannot use the URL 'http://login.example': it must begin with https://, for its host is not this machine");
}

TEST(WebOrigin, is_scheme_host_and_perhaps_a_port) {
  auto text = [](std::string_view from) {
    auto origin = parse_web_origin(from);
    return origin ? origin->scheme + "|" + origin->authority : origin.error().message();
  };
  EXPECT_EQ(text("https://Holter.Example:443/"), "https|holter.example");
  EXPECT_EQ(text("HTTP://[::1]:80"), "http|[::1]");
  EXPECT_EQ(text("https://a:80"), "https|a:80");
  for (std::string_view bad :
       {"", "a", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a", "https://a b"})
    EXPECT_FALSE(parse_web_origin(bad)) << bad;
}

}  // namespace
}  // namespace holter
