#include "net/icmp.h"

#include <boost/asio/io_context.hpp>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/icmp_packet.h"
#include "testing/net_namespace.h"

namespace holter::net {
namespace {

namespace testing = holter::testing;
using boost::asio::ip::make_address;

struct Listener final : EchoListener {
  void on_echo(const EchoResult& r) override {
    results.push_back(r);
    if (then) then();
  }
  std::vector<EchoResult> results;
  std::function<void()> then;
};

/// Plays the peer: sees the requests that arrive at 127.0.0.0/8 and answers what the test wants, while the kernel
/// itself answers nothing.
class Peer {
 public:
  Peer() : fd_(socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP)) { EXPECT_GE(fd_, 0); }
  ~Peer() { close(fd_); }

  struct Request {
    std::vector<std::byte> icmp;
    in_addr to{};
  };
  std::optional<Request> next() {
    std::array<std::byte, 512> buffer;
    while (true) {
      auto n = recv(fd_, buffer.data(), buffer.size(), 0);
      if (n < 0) return std::nullopt;
      if (n < 28 || buffer[20] != std::byte{8}) continue;  // not an echo request
      Request request{{buffer.begin() + 20, buffer.begin() + n}, {}};
      std::memcpy(&request.to, &buffer[16], 4);
      return request;
    }
  }
  /// Sends an echo reply with the request's bytes, changed by `change`, from the address `from`.
  void reply(const Request& request, in_addr from, const std::function<void(std::vector<std::byte>&)>& change = {}) {
    auto packet = request.icmp;
    packet[0] = std::byte{0};
    if (change) change(packet);
    packet[2] = packet[3] = std::byte{0};
    auto sum = internet_checksum(packet);
    packet[2] = static_cast<std::byte>(sum >> 8);
    packet[3] = static_cast<std::byte>(sum & 0xff);
    int out = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    sockaddr_in source{.sin_family = AF_INET, .sin_addr = from};
    ASSERT_EQ(bind(out, reinterpret_cast<sockaddr*>(&source), sizeof(source)), 0);
    sockaddr_in to{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    ASSERT_GT(sendto(out, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    close(out);
  }

 private:
  int fd_;
};

class IcmpTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    static bool entered = false;
    if (!entered) testing::enter_net_namespace();
    entered = true;
  }
  void SetUp() override {
    testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "0");
    testing::set_sysctl("net/ipv4/ping_group_range", "1 0");
    open(64);
  }
  void open(std::size_t max_in_flight) {
    engine = std::make_unique<IcmpEngine>(IcmpEngine::Options{.max_in_flight = max_in_flight}, context.get_executor(),
                                          clock, account);
  }
  void TearDown() override { engine.reset(); }
  /// Runs what is ready until `done`, at most five seconds.
  void run_until(const std::function<bool()>& done) {
    auto end = std::chrono::steady_clock::now() + seconds(5);
    bool is_done = false;
    while (!(is_done = done()) && std::chrono::steady_clock::now() < end) context.run_one_for(milliseconds(20));
    ASSERT_TRUE(is_done);
  }
  void settle() {
    while (context.run_one_for(milliseconds(30)) > 0) {
    }
  }

  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"process", nullptr, 64 << 20};
  std::unique_ptr<IcmpEngine> engine;
};

TEST_F(IcmpTest, gets_replies_from_ipv4_and_ipv6) {
  Listener v4;
  Listener v6;
  ASSERT_TRUE(engine->send(make_address("127.0.0.1"), v4).has_value());
  ASSERT_TRUE(engine->send(make_address("::1"), v6).has_value());
  run_until([&] { return v4.results.size() == 1 && v6.results.size() == 1; });
  EXPECT_EQ(v4.results[0].kind, EchoResult::Kind::kReply);
  EXPECT_EQ(v6.results[0].kind, EchoResult::Kind::kReply);
  EXPECT_LT(v4.results[0].round_trip, milliseconds(100));
  EXPECT_GT(v4.results[0].ttl, 0);
  EXPECT_EQ(engine->socket_kind(false), "raw");
  EXPECT_EQ(engine->stats().in_flight, 0u);
}

TEST_F(IcmpTest, uses_a_datagram_socket_where_allowed) {
  testing::set_sysctl("net/ipv4/ping_group_range", "0 0");
  Listener v4;
  Listener v6;
  ASSERT_TRUE(engine->send(make_address("127.0.0.1"), v4).has_value());
  ASSERT_TRUE(engine->send(make_address("::1"), v6).has_value());
  run_until([&] { return v4.results.size() == 1 && v6.results.size() == 1; });
  EXPECT_EQ(v4.results[0].kind, EchoResult::Kind::kReply);
  EXPECT_EQ(engine->socket_kind(false), "datagram");
  EXPECT_EQ(engine->socket_kind(true), "datagram");
}

TEST_F(IcmpTest, answers_every_one_of_many_while_the_sequence_wraps) {
  open(2048);
  std::deque<Listener> listeners(2048);
  std::size_t sent = 0;
  std::size_t answered = 0;
  constexpr std::size_t kTotal = 150'000;  // the sequence wraps twice
  std::function<void(Listener&)> again = [&](Listener& l) {
    if (sent == kTotal) return;
    auto host = boost::asio::ip::address_v4(0x7f000001 + static_cast<std::uint32_t>(sent++ % 50'000));
    ASSERT_TRUE(engine->send(host, l).has_value());
  };
  for (auto& l : listeners) {
    l.then = [&] {
      ++answered;
      l.results.clear();
      again(l);
    };
    again(l);
  }
  auto end = std::chrono::steady_clock::now() + seconds(60);
  while (answered < kTotal && std::chrono::steady_clock::now() < end) context.run_one_for(milliseconds(100));
  EXPECT_EQ(answered, kTotal);
  EXPECT_EQ(engine->stats().replies, kTotal);
  EXPECT_EQ(engine->stats().dropped_by_kernel, 0u);
}

TEST_F(IcmpTest, ignores_duplicate_late_forged_and_foreign_replies) {
  testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "1");
  Peer peer;
  Listener listener;
  auto ticket = engine->send(make_address("127.0.0.9"), listener);
  ASSERT_TRUE(ticket.has_value());
  std::optional<Peer::Request> request;
  run_until([&] { return (request = peer.next()).has_value(); });
  in_addr other{htonl(0x7f00000a)};

  peer.reply(*request, request->to, [](auto& p) { p[8] ^= std::byte{1}; });  // forged: wrong cookie
  peer.reply(*request, other);                                               // foreign: wrong source
  peer.reply(*request, request->to, [](auto& p) { p[4] ^= std::byte{1}; });  // another program's identifier
  peer.reply(*request, request->to, [](auto& p) { p.resize(12); });          // cut off
  settle();
  EXPECT_TRUE(listener.results.empty());

  peer.reply(*request, request->to);
  peer.reply(*request, request->to);  // duplicate
  settle();
  ASSERT_EQ(listener.results.size(), 1u);
  EXPECT_EQ(engine->stats().replies, 1u);
  EXPECT_EQ(engine->stats().stray, 2u);    // the forged one and the duplicate
  EXPECT_EQ(engine->stats().foreign, 2u);  // wrong source, and cut off; the other identifier is filtered by the kernel

  Listener second;
  ticket = engine->send(make_address("127.0.0.9"), second);
  run_until([&] { return (request = peer.next()).has_value(); });
  engine->cancel(*ticket, second);
  peer.reply(*request, request->to);  // late
  settle();
  EXPECT_TRUE(second.results.empty());
  EXPECT_EQ(engine->stats().stray, 3u);
  EXPECT_EQ(engine->stats().in_flight, 0u);
}

TEST_F(IcmpTest, reports_an_address_that_cannot_be_reached) {
  Listener listener;
  ASSERT_TRUE(
      engine->send(make_address("192.0.2.1"), listener).has_value());  // TEST-NET-1; this namespace has no route
  run_until([&] { return listener.results.size() == 1; });
  EXPECT_EQ(listener.results[0].kind, EchoResult::Kind::kSendFailed);
  EXPECT_EQ(describe(listener.results[0]), "Network is unreachable");
}

TEST_F(IcmpTest, refuses_more_than_its_limit_in_flight) {
  testing::set_sysctl("net/ipv4/icmp_echo_ignore_all", "1");
  std::deque<Listener> listeners(65);
  for (std::size_t i = 0; i < 64; ++i) ASSERT_TRUE(engine->send(make_address("127.0.0.1"), listeners[i]).has_value());
  auto refused = engine->send(make_address("127.0.0.1"), listeners[64]);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  settle();
}

TEST_F(IcmpTest, survives_destruction_with_echoes_queued) {
  Listener listener;
  ASSERT_TRUE(engine->send(make_address("127.0.0.1"), listener).has_value());
  engine.reset();
  settle();
  EXPECT_TRUE(listener.results.empty());
}

}  // namespace
}  // namespace holter::net
