#include "net/local_addresses.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace holter::net {
namespace {

/// A list as getifaddrs(3) makes it.
class Interfaces {
 public:
  void add_v4(const char* text) {
    auto& address = addresses_.emplace_back();
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    ASSERT_EQ(inet_pton(AF_INET, text, &v4.sin_addr), 1);
    link(&address);
  }
  void add_v6(const char* text) {
    auto& address = addresses_.emplace_back();
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_scope_id = 2;
    ASSERT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    link(&address);
  }
  void add_other() {
    auto& address = addresses_.emplace_back();
    address.ss_family = AF_PACKET;
    link(&address);
  }
  void add_none() { link(nullptr); }
  const ifaddrs* list() const { return nodes_.empty() ? nullptr : &nodes_.front(); }

 private:
  void link(sockaddr_storage* address) {
    auto* before = nodes_.empty() ? nullptr : &nodes_.back();
    auto& node = nodes_.emplace_back();
    node.ifa_addr = reinterpret_cast<sockaddr*>(address);
    if (before != nullptr) before->ifa_next = &node;
  }
  std::deque<sockaddr_storage> addresses_;
  std::deque<ifaddrs> nodes_;
};

bool has(const std::vector<IpBlock>& all, std::string_view text) {
  return std::ranges::find(all, *parse_ip_block(text)) != all.end();
}

TEST(LocalAddresses, are_those_of_all_interfaces_each_once) {
  Interfaces interfaces;
  interfaces.add_none();
  interfaces.add_other();
  interfaces.add_v4("127.0.0.1");
  interfaces.add_v4("192.0.2.7");
  interfaces.add_v4("192.0.2.7");
  interfaces.add_v6("::1");
  interfaces.add_v6("fe80::1");
  auto all = addresses_of(interfaces.list());
  EXPECT_EQ(all.size(), 4U);
  for (const char* text : {"127.0.0.0/8", "192.0.2.7", "::1", "fe80::1"}) EXPECT_TRUE(has(all, text)) << text;
}

TEST(LocalAddresses, of_no_interface_are_still_loopback) {
  auto all = addresses_of(nullptr);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(has(all, "127.0.0.0/8"));
}

TEST(LocalAddresses, of_this_machine_can_be_read) {
  auto all = local_addresses();
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_TRUE(has(*all, "127.0.0.0/8"));
}

}  // namespace
}  // namespace holter::net
