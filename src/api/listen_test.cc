#include "api/listen.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

TEST(Listen, takes_loopback_addresses_of_both_families) {
  EXPECT_EQ(parse_listen("127.0.0.1:2157")->port(), 2157);
  EXPECT_EQ(parse_listen("127.1.2.3:0")->address().to_string(), "127.1.2.3");
  EXPECT_TRUE(parse_listen("[::1]:80")->address().is_v6());
  EXPECT_EQ(parse_listen("localhost:1")->address().to_string(), "127.0.0.1");
}

TEST(Listen, takes_addresses_that_other_machines_reach) {
  for (std::string_view good : {"0.0.0.0:2157", "10.0.0.1:80", "[::]:80"}) {
    auto endpoint = parse_listen(good);
    ASSERT_TRUE(endpoint) << good << endpoint.error().message();
    EXPECT_FALSE(endpoint->address().is_loopback());
  }
}

TEST(Listen, refuses_what_is_no_address_and_port) {
  for (std::string_view bad : {"", ":", "2157", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                               "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "example.com:80", "[::1]", "[::1:80"}) {
    auto endpoint = parse_listen(bad);
    ASSERT_FALSE(endpoint) << bad;
    EXPECT_TRUE(endpoint.error().message().starts_with("cannot listen on '")) << endpoint.error().message();
    EXPECT_TRUE(endpoint.error().message().contains("HOLTER_SERVER_LISTEN"));
  }
}

}  // namespace
}  // namespace holter::api
