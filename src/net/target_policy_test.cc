#include "net/target_policy.h"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

namespace holter::net {
namespace {

using Texts = std::vector<std::string>;

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(TargetPolicy, forbids_metadata_services_multicast_and_unspecified_by_default) {
  TargetPolicy policy;
  for (const char* text :
       {"169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
        "224.0.0.1", "239.255.255.250", "ff02::1", "0.0.0.0", "::", "255.255.255.255"})
    EXPECT_FALSE(policy.allows(address(text), 80)) << text;
  for (const char* text : {"127.0.0.1", "::1", "10.0.0.1", "192.0.2.1", "2001:db8::1", "169.254.169.253", "fd00::1"})
    EXPECT_TRUE(policy.allows(address(text), 80)) << text;
}

TEST(TargetPolicy, sees_through_all_forms_of_an_ipv4_address) {
  TargetPolicy policy;
  for (const char* text : {"::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::169.254.169.254",
                           "::169.254.169.254", "2002:a9fe:a9fe::1", "64:ff9b::0.0.0.0", "::ffff:224.0.0.1"})
    EXPECT_FALSE(policy.allows(address(text), 0)) << text;
  for (const char* text :
       {"::ffff:127.0.0.1", "64:ff9b::192.0.2.1", "2002:c000:201::a9fe:a9fe", "64:ff9c::169.254.169.254"})
    EXPECT_TRUE(policy.allows(address(text), 0)) << text;
}

TEST(TargetPolicy, ignores_the_zone_of_an_address) {
  EXPECT_FALSE(TargetPolicy().allows(address("fe80::a9fe:a9fe%1"), 80));
}

TEST(TargetPolicy, says_whom_it_does_not_let_reach) {
  auto status = TargetPolicy().check("metadata.example", address("169.254.169.254"), 80);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(status.error().message(),
            "cannot reach metadata.example: 169.254.169.254 is forbidden (network.forbidden)");
}

TEST(TargetPolicy, lets_exceptions_through_and_nothing_besides) {
  TargetPolicy policy(*TargetPolicy::parse(Texts{"default", "10.0.0.0/8", "::/0"}, Texts{"10.1.0.0/16", "fd00::/8"}));
  EXPECT_TRUE(policy.allows(address("10.1.2.3"), 80));
  EXPECT_TRUE(policy.allows(address("::ffff:10.1.2.3"), 80));
  EXPECT_FALSE(policy.allows(address("10.2.2.3"), 80));
  EXPECT_FALSE(policy.allows(address("169.254.169.254"), 80));
  EXPECT_TRUE(policy.allows(address("fd00::1"), 80));
  EXPECT_FALSE(policy.allows(address("2001:db8::1"), 80));
  EXPECT_FALSE(policy.allows(address("64:ff9b::10.1.2.3"), 80)) << "an IPv6 address is forbidden for itself";
}

TEST(TargetPolicy, keeps_monitors_from_a_port_of_its_own) {
  auto rules = TargetPolicy::default_rules();
  rules.own.push_back(*parse_ip_block("127.0.0.1:2157"));
  TargetPolicy policy(rules);
  EXPECT_TRUE(policy.allows(address("127.0.0.1"), 80));
  auto status = policy.check("localhost", address("::ffff:127.0.0.1"), 2157);
  ASSERT_FALSE(status);
  EXPECT_TRUE(
      status.error().message().starts_with("cannot reach localhost: port 2157 of ::ffff:127.0.0.1 is Holter's own"))
      << status.error().message();
  rules.allowed.push_back(*parse_ip_block("127.0.0.1:2157"));
  policy.set(rules);
  EXPECT_TRUE(policy.allows(address("127.0.0.1"), 2157));
}

TEST(TargetPolicy, reads_addresses_as_a_machine_beyond_would_and_leaves_names_to_it) {
  auto rules = *TargetPolicy::parse(Texts{"default", "192.0.2.1:80"}, {});
  rules.own.push_back(*parse_ip_block("127.0.0.1:2157"));
  TargetPolicy policy(rules);
  for (const char* host : {"169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
                           "[::ffff:169.254.169.254]", "::ffff:a9fe:a9fe", "fe80::a9fe:a9fe%eth9"}) {
    auto status = policy.check_beyond(host, 80);
    ASSERT_FALSE(status) << host;
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(status.error().message().starts_with(std::string("cannot reach ") + host)) << status.error().message();
    EXPECT_TRUE(status.error().message().ends_with(" is forbidden (network.forbidden)")) << status.error().message();
  }
  EXPECT_FALSE(policy.check_beyond("192.0.2.1", 80));
  EXPECT_TRUE(policy.check_beyond("192.0.2.1", 81));
  EXPECT_TRUE(policy.check_beyond("metadata.example", 80));
  EXPECT_TRUE(policy.check_beyond("127.0.0.1", 2157)) << "of that machine, not of this";
}

TEST(TargetPolicy, of_an_empty_list_forbids_nothing) {
  TargetPolicy policy(*TargetPolicy::parse({}, {}));
  EXPECT_TRUE(policy.allows(address("169.254.169.254"), 80));
  EXPECT_FALSE(TargetPolicy::parse(Texts{"10.0.0.0/33"}, {}));
  EXPECT_FALSE(TargetPolicy::parse({}, Texts{"default"}));
}

}  // namespace
}  // namespace holter::net
