#include "net/port_scan.h"

#include <boost/asio/io_context.hpp>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/run_task.h"
#include "testing/scripted_peer.h"

namespace holter::net {
namespace {

using testing::run_task;
using testing::ScriptedPeer;
using testing::soon;
using Kind = PortState::Kind;

/// Listens, and nobody takes its connections: the kernel keeps as many as there is place for, and drops what asks for
/// one more.
class Listener {
 public:
  explicit Listener(int places) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, places), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    for (int i = 0; places == 0 && i < 4; ++i) {
      int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void)::connect(fd, reinterpret_cast<sockaddr*>(&address), size);  // the first gets the place, the others wait
      waiting_.push_back(fd);
    }
  }
  ~Listener() {
    for (int fd : waiting_) ::close(fd);
    ::close(listener_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> waiting_;
};

class PortScanTest : public ::testing::Test {
 protected:
  std::vector<PortState> scan(std::vector<std::uint16_t> ports, PortScanOptions options = {},
                              MonoTime deadline = soon(), const char* address = "127.0.0.1") {
    return run_task(context_, scan_ports(context_.get_executor(), &policy_, boost::asio::ip::make_address(address),
                                         std::move(ports), options, deadline));
  }

  TargetPolicy policy_;
  boost::asio::io_context context_{1};
};

TEST_F(PortScanTest, tells_open_from_closed_in_the_order_asked_for) {
  ScriptedPeer one({{ScriptedPeer::stall()}}), two({{ScriptedPeer::stall()}});
  auto closed = testing::unused_port();
  auto states = scan({two.port(), closed, one.port()});
  ASSERT_EQ(states.size(), 3U);
  EXPECT_EQ(states[0].port, two.port());
  EXPECT_EQ(states[0].kind, Kind::kOpen);
  EXPECT_GT(states[0].connect_time.count(), 0);
  EXPECT_EQ(states[1].port, closed);
  EXPECT_EQ(states[1].kind, Kind::kClosed);
  EXPECT_EQ(states[2].kind, Kind::kOpen);
}

TEST_F(PortScanTest, scans_ipv6) {
  ScriptedPeer peer({{ScriptedPeer::stall()}}, {.v6 = true});
  EXPECT_EQ(scan({peer.port()}, {}, soon(), "::1").at(0).kind, Kind::kOpen);
}

TEST_F(PortScanTest, what_says_nothing_is_given_up_after_its_time) {
  Listener full(0);
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto states = scan({full.port(), peer.port()}, {.at_once = 1, .each = milliseconds(100)});
  EXPECT_EQ(states[0].kind, Kind::kSilent);
  EXPECT_EQ(states[1].kind, Kind::kOpen);
}

TEST_F(PortScanTest, at_the_deadline_the_rest_is_not_tried) {
  Listener full(0);
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto states = scan({full.port(), peer.port()}, {.at_once = 1, .each = milliseconds(60'000)},
                     std::chrono::steady_clock::now() + milliseconds(200));
  EXPECT_EQ(states[0].kind, Kind::kSilent);
  EXPECT_EQ(states[1].kind, Kind::kNotTried);
  EXPECT_EQ(peer.accepted(), 0U);
}

TEST_F(PortScanTest, a_forbidden_port_is_not_asked) {
  ScriptedPeer forbidden({{ScriptedPeer::stall()}}), other({{ScriptedPeer::stall()}});
  auto rules = TargetPolicy::default_rules();
  rules.own = {parse_ip_block("127.0.0.1:" + std::to_string(forbidden.port())).value()};
  policy_.set(rules);
  auto states = scan({forbidden.port(), other.port()});
  EXPECT_EQ(states[0].kind, Kind::kForbidden);
  EXPECT_EQ(states[1].kind, Kind::kOpen);
  EXPECT_EQ(forbidden.accepted(), 0U);
  EXPECT_EQ(scan({forbidden.port()}).at(0).kind, Kind::kForbidden);  // nothing to wait for at all
}

TEST_F(PortScanTest, many_ports_are_tried_with_few_at_once) {
  Listener listener(512);
  std::vector<std::uint16_t> ports(200, listener.port());
  auto states = scan(ports, {.at_once = 3});
  for (const auto& state : states) EXPECT_EQ(state.kind, Kind::kOpen);
  EXPECT_TRUE(scan({}).empty());
}

}  // namespace
}  // namespace holter::net
