#include "define/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::define {
namespace {

using ::testing::HasSubstr;
using Kind = Subject::Kind;

Subject read(std::string_view text) {
  auto subject = parse_subject(text);
  EXPECT_TRUE(subject) << text << ": " << subject.error().message();
  return subject ? *subject : Subject{};
}
std::string refusal(std::string_view text) {
  auto subject = parse_subject(text);
  EXPECT_FALSE(subject) << text;
  return subject ? "" : subject.error().message();
}

TEST(Subject, a_url_has_host_port_and_path) {
  auto full = read("https://Shop.Example:8443/x?y=1#top");
  EXPECT_EQ(full.kind, Kind::kUrl);
  EXPECT_EQ(full.host, "shop.example");
  EXPECT_EQ(full.port, 8443);
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(full.path, "/x?y=1");
  auto plain = read("http://192.0.2.7/");
  EXPECT_EQ(plain.port, 80);
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.path, "");
  EXPECT_EQ(read("HTTPS://[2001:db8::1]").port, 443);
  EXPECT_EQ(read("HTTPS://[2001:db8::1]").host, "2001:db8::1");
  EXPECT_EQ(read("http://a?b=c").path, "/?b=c");
}

TEST(Subject, of_other_schemes_host_and_port_count) {
  auto redis = read("redis://cache.example:6380/0");
  EXPECT_EQ(redis.kind, Kind::kEndpoint);
  EXPECT_EQ(redis.port, 6380);
  EXPECT_EQ(redis.path, "");
  EXPECT_EQ(read("ssh://host.example").kind, Kind::kHost);
}

TEST(Subject, hosts_and_endpoints_are_told_apart_by_the_port) {
  EXPECT_EQ(read(" db1.example\n").kind, Kind::kHost);
  EXPECT_EQ(read("db1.example").port, 0);
  EXPECT_EQ(read("db1.example:3306").kind, Kind::kEndpoint);
  EXPECT_EQ(read("db1.example:3306").port, 3306);
  EXPECT_EQ(read("::1").kind, Kind::kHost);
  EXPECT_EQ(read("[::1]:80").host, "::1");
  EXPECT_EQ(read("[::1]").kind, Kind::kHost);
}

TEST(Subject, a_network_has_at_most_256_addresses) {
  auto subject = read("192.0.2.0/28");
  EXPECT_EQ(subject.kind, Kind::kNetwork);
  auto hosts = hosts_of(subject.network);
  ASSERT_EQ(hosts.size(), 14U);
  EXPECT_EQ(hosts.front().back(), 1);
  EXPECT_EQ(hosts.back().back(), 14);
  EXPECT_EQ(hosts_of(read("192.0.2.0/24").network).size(), 254U);
  EXPECT_EQ(hosts_of(read("192.0.2.8/31").network).size(), 2U);
  EXPECT_EQ(hosts_of(read("192.0.2.9/32").network).size(), 1U);
  EXPECT_EQ(hosts_of(read("2001:db8::/120").network).size(), 256U);
  EXPECT_THAT(refusal("192.0.2.0/23"), HasSubstr("more than 256 addresses; take a part of it, as /24"));
  EXPECT_THAT(refusal("2001:db8::/64"), HasSubstr("as /120"));
  EXPECT_THAT(refusal("192.0.2.1/28"), HasSubstr("bits beyond its prefix"));
  EXPECT_THAT(refusal("127.0.0.1/32:80"), HasSubstr("cannot use"));
}

TEST(Subject, what_is_none_is_refused_with_what_to_write) {
  EXPECT_THAT(refusal(""), HasSubstr("nothing is there"));
  EXPECT_THAT(refusal("  \t"), HasSubstr("nothing is there"));
  EXPECT_THAT(refusal("two words"), HasSubstr("no host has"));
  EXPECT_THAT(refusal("g\xC3\xA4ste.example"), HasSubstr("xn--"));
  EXPECT_THAT(refusal(std::string("a\0b", 3)), HasSubstr("no host has"));
  EXPECT_THAT(refusal("shop.example/health"), HasSubstr("the scheme is needed"));
  EXPECT_THAT(refusal("a:0"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(refusal("a:65536"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(refusal("a:"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(refusal("[::1"), HasSubstr("']' is missing"));
  EXPECT_THAT(refusal("[a]"), HasSubstr("IPv6"));
  EXPECT_THAT(refusal("[::1]x"), HasSubstr("only a port"));
  EXPECT_THAT(refusal("http://"), HasSubstr("is needed"));
  EXPECT_THAT(refusal("://a"), HasSubstr("no scheme"));
  EXPECT_THAT(refusal(std::string(kLongestSubject + 1, 'a')), HasSubstr("the limit is 2048"));
  EXPECT_THAT(refusal(std::string(300, 'a')), HasSubstr("is needed"));
}

TEST(Subject, a_password_in_a_url_is_not_repeated) {
  auto message = refusal("https://root:hunter2@shop.example/");
  EXPECT_THAT(message, HasSubstr("'@'"));
  EXPECT_FALSE(message.contains("hunter2"));
}

}  // namespace
}  // namespace holter::define
