#include "access/address_limiter.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;

class AddressLimiterTest : public ::testing::Test {
 protected:
  /// Attempts that are let through, up to `most`.
  int let_through(const std::string& address, int most = 100) {
    int n = 0;
    while (n < most && limiter_.take(address).value() == 0s) ++n;
    return n;
  }
  testing::FakeClock clock_;
  memory::Budget budget_{1 << 20};
  memory::Account& account_ = budget_.account("addresses");
  AddressLimiter limiter_{clock_, account_, {.burst = 5, .interval = 3s, .most = 4}};
};

TEST_F(AddressLimiterTest, lets_a_burst_through_and_then_one_at_a_time) {
  EXPECT_EQ(let_through("192.0.2.1"), 5);
  EXPECT_EQ(limiter_.take("192.0.2.1").value(), 3s);
  clock_.advance(1s);
  EXPECT_EQ(limiter_.take("192.0.2.1").value(), 2s) << "who is refused does not wait longer for it";
  clock_.advance(2s);
  EXPECT_EQ(let_through("192.0.2.1"), 1);
  clock_.advance(6s);
  EXPECT_EQ(let_through("192.0.2.1"), 2);
  clock_.advance(1h);
  EXPECT_EQ(let_through("192.0.2.1"), 5);
}

TEST_F(AddressLimiterTest, counts_each_address_for_itself_and_an_ipv6_network_as_one) {
  EXPECT_EQ(let_through("192.0.2.1"), 5);
  EXPECT_EQ(let_through("192.0.2.2", 1), 1);
  EXPECT_EQ(let_through("::ffff:192.0.2.1"), 0) << "the same, mapped (RFC 4291, 2.5.5.2)";
  EXPECT_EQ(let_through("2001:db8::1"), 5);
  EXPECT_EQ(let_through("2001:db8::ffff:2"), 0);
  EXPECT_EQ(let_through("2001:db8:0:1::1", 1), 1);
}

TEST_F(AddressLimiterTest, takes_what_is_no_address_together) {
  EXPECT_EQ(let_through("", 3), 3);
  EXPECT_EQ(let_through("somewhere"), 2);
}

TEST_F(AddressLimiterTest, remembers_so_many_and_forgets_who_waits_least) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(let_through("10.0.0." + std::to_string(i)), 5);
    clock_.advance(1s);
  }
  EXPECT_EQ(limiter_.addresses(), 4u);
  EXPECT_EQ(let_through("10.0.0.9", 1), 1);
  EXPECT_EQ(limiter_.addresses(), 4u);
  EXPECT_EQ(let_through("10.0.0.3"), 0);
  clock_.advance(1h);
  EXPECT_EQ(let_through("10.0.0.10", 1), 1);
  EXPECT_EQ(limiter_.addresses(), 1u) << "the others wait for nothing any more";
}

TEST_F(AddressLimiterTest, without_memory_for_another_address_refuses_it_and_knows_the_others) {
  EXPECT_EQ(let_through("10.0.0.1", 1), 1);
  account_.set_limit(account_.held());
  EXPECT_EQ(limiter_.take("10.0.0.2").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(let_through("10.0.0.1"), 4);
  EXPECT_EQ(limiter_.take("10.0.0.1").value(), 3s);
}

}  // namespace
}  // namespace holter::access
