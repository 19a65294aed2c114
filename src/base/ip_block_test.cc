#include "base/ip_block.h"

#include <gtest/gtest.h>

namespace holter {
namespace {

IpBytes address(std::string_view text) {
  return parse_ip_block(text).value().address;
}

TEST(IpBlock, holds_the_addresses_of_its_prefix) {
  auto block = *parse_ip_block("10.128.0.0/9");
  EXPECT_TRUE(block.holds(address("10.128.0.0"), 0));
  EXPECT_TRUE(block.holds(address("10.255.255.255"), 80));
  EXPECT_TRUE(block.holds(address("::ffff:10.200.1.1"), 80));
  EXPECT_FALSE(block.holds(address("10.127.255.255"), 80));
  EXPECT_FALSE(block.holds(address("::10.200.1.1"), 80));
  auto six = *parse_ip_block("fd00::/8");
  EXPECT_TRUE(six.holds(address("fdff::1"), 0));
  EXPECT_FALSE(six.holds(address("fe00::1"), 0));
}

TEST(IpBlock, of_ipv6_holds_no_ipv4_address) {
  auto all = *parse_ip_block("::/0");
  EXPECT_TRUE(all.holds(address("2001:db8::1"), 0));
  EXPECT_FALSE(all.holds(address("192.0.2.1"), 0));
  EXPECT_TRUE(parse_ip_block("0.0.0.0/0")->holds(address("192.0.2.1"), 0));
  EXPECT_FALSE(parse_ip_block("0.0.0.0/0")->holds(address("2001:db8::1"), 0));
}

TEST(IpBlock, with_a_port_holds_that_port_alone) {
  for (const char* text : {"127.0.0.1:2157", "127.0.0.0/8:2157"}) {
    auto block = *parse_ip_block(text);
    EXPECT_TRUE(block.holds(address("127.0.0.1"), 2157));
    EXPECT_FALSE(block.holds(address("127.0.0.1"), 80));
    EXPECT_FALSE(block.holds(address("127.0.0.1"), 0)) << "a ping has no port";
  }
  EXPECT_TRUE(parse_ip_block("[::1]:80")->holds(address("::1"), 80));
}

TEST(IpBlock, refuses_what_is_none) {
  for (const char* text : {"", "x", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8", "fd00::/129", "fd00::1/8",
                           "127.0.0.1:", "1.2.3.4:0", "1.2.3.4:65536", "[::1]", "[::1", "[::1]:", "::1]:80",
                           "10.0.0.0/-1", "example.org", "10.0.0.0/8 "}) {
    auto block = parse_ip_block(text);
    ASSERT_FALSE(block) << text;
    EXPECT_EQ(block.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(block.error().message().starts_with("cannot use '")) << block.error().message();
  }
}

}  // namespace
}  // namespace holter
