#include "net/ping_sweep.h"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/net_namespace.h"
#include "testing/run_task.h"

namespace holter::net {
namespace {

using testing::run_task;
using testing::soon;
using Kind = PingState::Kind;

class PingSweepTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    static bool entered = false;
    if (!entered) testing::enter_net_namespace();
    entered = true;
  }
  void SetUp() override {
    testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "0");
    testing::set_sysctl("net/ipv4/ping_group_range", "1 0");
    open(1024);
  }
  void open(std::size_t max_in_flight) {
    engine_ = std::make_unique<IcmpEngine>(IcmpEngine::Options{.max_in_flight = max_in_flight}, context_.get_executor(),
                                           clock_, account_);
  }
  Result<std::vector<PingState>> sweep(std::vector<IpAddress> addresses, PingSweepOptions options = {},
                                       MonoTime deadline = soon()) {
    return run_task(context_, ping_sweep(context_.get_executor(), engine_.get(), &policy_, std::move(addresses),
                                         options, deadline));
  }
  static std::vector<IpAddress> loopback(int count) {
    std::vector<IpAddress> all;
    for (int i = 1; i <= count; ++i) all.push_back(boost::asio::ip::make_address(fmt::format("127.0.0.{}", i)));
    return all;
  }

  boost::asio::io_context context_{1};
  SystemClock clock_;
  memory::Account account_{"icmp", nullptr, 64 << 20};
  TargetPolicy policy_;
  std::unique_ptr<IcmpEngine> engine_;
};

TEST_F(PingSweepTest, all_that_answer_are_told_in_the_order_asked_for) {
  auto addresses = loopback(254);
  addresses.push_back(boost::asio::ip::make_address("::1"));
  auto states = sweep(addresses, {.at_once = 16});
  ASSERT_TRUE(states) << states.error().message();
  ASSERT_EQ(states->size(), 255U);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ((*states)[i].address, addresses[i]);
    EXPECT_EQ((*states)[i].kind, Kind::kReply) << addresses[i];
    EXPECT_GE((*states)[i].round_trip.count(), 0);  // on loopback less than the clock's step
  }
  EXPECT_EQ(engine_->stats().in_flight, 0U);
}

TEST_F(PingSweepTest, what_does_not_answer_is_silent_after_its_time) {
  testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "1");
  auto states = sweep(loopback(5), {.at_once = 2, .each = milliseconds(50)});
  ASSERT_TRUE(states);
  for (const auto& state : *states) EXPECT_EQ(state.kind, Kind::kSilent);
  EXPECT_EQ(engine_->stats().in_flight, 0U);
}

TEST_F(PingSweepTest, at_the_deadline_the_rest_is_not_tried_and_nothing_stays_in_flight) {
  testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "1");
  auto states = sweep(loopback(5), {.at_once = 2, .each = milliseconds(60'000)},
                      std::chrono::steady_clock::now() + milliseconds(100));
  ASSERT_TRUE(states);
  EXPECT_EQ((*states)[1].kind, Kind::kSilent);
  EXPECT_EQ((*states)[2].kind, Kind::kNotTried);
  EXPECT_EQ(engine_->stats().in_flight, 0U);
}

TEST_F(PingSweepTest, a_forbidden_address_is_not_pinged) {
  TargetRules rules;
  rules.forbidden = {parse_ip_block("127.0.0.2").value()};
  policy_.set(rules);
  auto states = sweep(loopback(3));
  ASSERT_TRUE(states);
  EXPECT_EQ((*states)[0].kind, Kind::kReply);
  EXPECT_EQ((*states)[1].kind, Kind::kForbidden);
  EXPECT_EQ((*states)[2].kind, Kind::kReply);
  EXPECT_EQ(engine_->stats().sent, 2U);
}

TEST_F(PingSweepTest, more_than_the_engine_may_have_in_flight_stay_untried) {
  testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "1");
  open(4);
  auto states = sweep(loopback(6), {.at_once = 64, .each = milliseconds(50)});
  ASSERT_TRUE(states);
  EXPECT_EQ((*states)[3].kind, Kind::kSilent);
  EXPECT_EQ((*states)[4].kind, Kind::kNotTried);
}

TEST_F(PingSweepTest, nothing_is_asked_of_nobody) {
  auto states = sweep({});
  ASSERT_TRUE(states);
  EXPECT_TRUE(states->empty());
}

}  // namespace
}  // namespace holter::net
