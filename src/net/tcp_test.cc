#include "net/tcp.h"

#include <boost/asio/ip/address.hpp>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/task_scope.h"
#include "testing/run_task.h"
#include "testing/scripted_peer.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;
using testing::run_task;
using testing::ScriptedPeer;
using testing::soon;

class TcpTest : public ::testing::Test {
 protected:
  Result<TcpStream> connect(std::uint16_t port, const char* address = "127.0.0.1", MonoTime deadline = soon()) {
    return run_task(
        context_, TcpStream::connect(context_.get_executor(), boost::asio::ip::make_address(address), port, deadline));
  }
  Result<std::string> read_all(TcpStream& stream, std::size_t most = 1 << 20, MonoTime deadline = soon()) {
    return run_task(context_, stream.read_all(most, account_, reserved_, deadline));
  }

  memory::Account account_{"tcp", nullptr, 4 << 20};
  memory::Reservation reserved_;
  boost::asio::io_context context_{1};
};

TEST_F(TcpTest, connects_by_ipv4_and_ipv6) {
  ScriptedPeer four({{}});
  ScriptedPeer six({{}}, {.v6 = true});
  auto by_four = connect(four.port());
  ASSERT_TRUE(by_four) << by_four.error().message();
  EXPECT_EQ(by_four->peer(), "127.0.0.1:" + std::to_string(four.port()));
  auto by_six = connect(six.port(), "::1");
  ASSERT_TRUE(by_six) << by_six.error().message();
  EXPECT_EQ(by_six->peer(), "[::1]:" + std::to_string(six.port()));
}

TEST_F(TcpTest, says_that_a_connection_was_refused) {
  auto port = testing::unused_port();
  auto stream = connect(port);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(stream.error().message(), "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_F(TcpTest, tries_one_address_after_the_other) {
  ScriptedPeer six({{}}, {.v6 = true});
  std::vector<IpAddress> both{boost::asio::ip::make_address("127.0.0.1"), boost::asio::ip::make_address("::1")};
  auto stream = run_task(context_, TcpStream::connect(context_.get_executor(), both, six.port(), soon()));
  ASSERT_TRUE(stream) << stream.error().message();
  EXPECT_THAT(stream->peer(), HasSubstr("[::1]:"));
  EXPECT_GT(stream->connect_time().count(), 0);
  std::swap(both[0], both[1]);
  auto refused = run_task(context_, TcpStream::connect(context_.get_executor(), both, testing::unused_port(), soon()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("cannot connect to 127.0.0.1:"));
}

TEST_F(TcpTest, reads_what_the_peer_sends_until_it_closes) {
  ScriptedPeer peer(
      {{ScriptedPeer::expect("mntr"), ScriptedPeer::send(std::string(100'000, 'x')), ScriptedPeer::send("end")}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  ASSERT_TRUE(run_task(context_, stream->write("mntr", soon())));
  auto answer = read_all(*stream);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->size(), 100'003);
  EXPECT_TRUE(answer->ends_with("xend"));
  EXPECT_GE(reserved_.bytes(), answer->size());
  reserved_.reset();
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(TcpTest, refuses_an_endless_answer_at_the_limit) {
  ScriptedPeer peer({{ScriptedPeer::send_forever(std::string(8192, 'x'))}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  auto answer = read_all(*stream, 64 * 1024);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kTooLarge);
  EXPECT_THAT(answer.error().message(), HasSubstr("more than 64.0 KiB"));
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(TcpTest, refuses_an_answer_that_the_account_has_no_room_for) {
  account_.set_limit(32 * 1024);
  ScriptedPeer peer({{ScriptedPeer::send(std::string(200'000, 'x'))}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  auto answer = read_all(*stream);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_LE(account_.peak(), 32 * 1024);
}

TEST_F(TcpTest, ends_at_the_deadline_when_the_peer_stalls) {
  ScriptedPeer peer({{ScriptedPeer::send("half"), ScriptedPeer::stall()}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  auto answer = read_all(*stream, 1 << 20, soon(milliseconds(50)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(answer.error().message(), HasSubstr("no answer in time"));
}

TEST_F(TcpTest, calls_a_reset_unavailable) {
  ScriptedPeer peer({{ScriptedPeer::expect("x"), ScriptedPeer::reset()}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  ASSERT_TRUE(run_task(context_, stream->write("x", soon())));
  auto answer = read_all(*stream);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable);
}

TEST_F(TcpTest, stops_sending_at_the_deadline_when_the_peer_does_not_read) {
  // Nothing is read while a script waits to send; the socket's buffers fill up.
  ScriptedPeer peer({{ScriptedPeer::send_forever(std::string(8192, 'x'))}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  std::string large(64 << 20, 'y');
  auto sent = run_task(context_, stream->write(large, soon(milliseconds(100))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::kTimeout) << sent.error().message();
}

TEST_F(TcpTest, a_deadline_in_the_past_is_a_timeout) {
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  auto answer = read_all(*stream, 100, std::chrono::steady_clock::now() - seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout);
}

boost::asio::awaitable<void> read_into(TcpStream* stream, memory::Account* account,
                                       std::optional<Result<std::string>>* out) {
  memory::Reservation reserved;
  out->emplace(co_await stream->read_all(100, *account, reserved, soon()));
}

TEST_F(TcpTest, ends_with_cancelled_when_its_task_is_cancelled) {
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto stream = connect(peer.port());
  ASSERT_TRUE(stream);
  std::optional<Result<std::string>> result;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(read_into(&*stream, &account_, &result));
  context_.restart();
  context_.poll();
  scope.cancel();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace holter::net
