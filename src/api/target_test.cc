#include "api/target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::api {
namespace {

using Path = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

TEST(Target, splits_path_and_query_and_decodes_both) {
  auto target = parse_target("/api/v1/monitors?text=a%20b+c&label=k%3Av&label=x:y&empty");
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->path, (Path{"api", "v1", "monitors"}));
  EXPECT_EQ(target->query, (Query{{"text", "a b c"}, {"label", "k:v"}, {"label", "x:y"}, {"empty", ""}}));
  EXPECT_EQ(target->host, "");
}

TEST(Target, the_root_has_no_segments) {
  EXPECT_EQ(parse_target("/")->path, Path{});
  EXPECT_EQ(parse_target("/?")->query, Query{});
}

TEST(Target, takes_the_absolute_form_with_its_host) {
  auto target = parse_target("http://127.0.0.1:2157/healthz?a=b");
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->host, "127.0.0.1:2157");
  EXPECT_EQ(target->path, Path{"healthz"});
  EXPECT_FALSE(parse_target("https://127.0.0.1/"));
  EXPECT_FALSE(parse_target("http://user@127.0.0.1/"));
  EXPECT_FALSE(parse_target("file:///etc/passwd"));
}

TEST(Target, an_escaped_slash_and_dots_stay_inside_their_segment) {
  EXPECT_EQ(parse_target("/a%2Fb")->path, Path{"a/b"});
  EXPECT_EQ(parse_target("/../%2e%2e/etc")->path, (Path{"..", "..", "etc"}));
  EXPECT_EQ(parse_target("//a/")->path, (Path{"", "a", ""}));
}

TEST(Target, rejects_bad_encoding_control_bytes_and_text_that_is_not_utf8) {
  for (std::string_view bad : {"", "*", "a", "/%", "/%zz", "/%4", "/%00", "/?a=%00", "/?a=%0a", "/?%7f=1", "/%ff",
                               "/?a=%c3%28", "/a b", "/\x80", "/a#b", "localhost:80", "/?a={x}"}) {
    auto target = parse_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(target.error().message().starts_with("cannot ")) << target.error().message();
  }
}

TEST(Target, rejects_more_parameters_or_bytes_than_the_limit) {
  std::string many = "/?";
  for (std::size_t i = 0; i < kMaxQueryParams; ++i) many += fmt::format("&a{}=1", i);
  EXPECT_TRUE(parse_target(many));
  EXPECT_FALSE(parse_target(many + "&b=1"));
  EXPECT_FALSE(parse_target("/" + std::string(kMaxTargetBytes, 'a')));
}

TEST(LoopbackHost, takes_names_of_this_machine_with_any_port) {
  for (std::string_view good :
       {"localhost", "LocalHost:2157", "127.0.0.1", "127.0.0.1:80", "127.9.9.9:1", "[::1]", "[::1]:2157", "localhost:"})
    EXPECT_TRUE(is_loopback_host(good)) << good;
}

TEST(LoopbackHost, refuses_every_other_name) {
  for (std::string_view bad : {"",
                               ":",
                               "example.com",
                               "localhost.example.com",
                               "127.0.0.1.example.com",
                               "10.0.0.1",
                               "[::2]",
                               "::1",
                               "[127.0.0.1]",
                               "[::1",
                               "[::1]x",
                               "localhost:80:80",
                               "localhost:123456",
                               "localhost:x",
                               "0.0.0.0",
                               "[::ffff:127.0.0.1]",
                               "127.1",
                               "2130706433",
                               "localhost ",
                               "[]",
                               "[",
                               "]"})
    EXPECT_FALSE(is_loopback_host(bad)) << bad;
}

}  // namespace
}  // namespace holter::api
