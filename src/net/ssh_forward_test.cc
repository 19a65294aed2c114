#include "net/ssh_forward.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/stream.h"
#include "testing/openssh.h"
#include "testing/run_task.h"
#include "testing/scripted_peer.h"
#include "testing/ssh_server.h"
#include "testing/stream_faults.h"

namespace holter::net {
namespace {

namespace testing = holter::testing;
using boost::asio::awaitable;
using ::testing::HasSubstr;
using testing::ScriptedPeer;

class ForwardTest : public ::testing::Test {
 public:
  ~ForwardTest() override {
    forwarder_.reset();
    bool closed = false;
    boost::asio::co_spawn(context_, scope_.close(), [&](std::exception_ptr) { closed = true; });
    EXPECT_TRUE(testing::run_until(context_, [&] { return closed; }));
  }
  awaitable<Result<std::unique_ptr<SshForwarder>>> open(std::uint16_t port, SshLogin login) {
    auto deadline = testing::soon();
    auto address = boost::asio::ip::make_address("127.0.0.1");
    CO_TRY(auto tcp, co_await TcpStream::connect(context_.get_executor(), address, port, deadline));
    SshSession::Options options{.peer = {"127.0.0.1", port, std::move(login)}, .known_hosts = &known_hosts_};
    CO_TRY(options.key, SshKey::of(options.peer.login));
    CO_TRY(auto session,
           co_await SshSession::open(context_.get_executor(), tcp.release(), std::move(options), deadline));
    co_return std::make_unique<SshForwarder>(scope_, std::move(session));
  }
  void start(const testing::OpenSsh& server) {
    ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
    auto opened =
        testing::run_task(context_, open(server.port(), {.user = server.user(), .private_key = server.key()}));
    ASSERT_TRUE(opened) << opened.error().message();
    forwarder_ = std::move(*opened);
  }
  awaitable<Result<std::unique_ptr<Stream>>> connect(std::uint16_t port, MonoTime deadline) {
    CO_TRY(auto charged, account_.reserve(SshForwarder::kBytesEach));
    CO_TRY(auto socket, co_await forwarder_->connect("127.0.0.1", port, std::move(charged), deadline));
    CO_TRY(auto bytes, account_.reserve(Stream::bytes_of(false)));
    CO_TRY(auto tcp, TcpStream::adopt(context_.get_executor(), std::move(socket), "the far side"));
    co_return Stream::on(std::move(tcp), std::move(bytes));
  }
  Result<std::unique_ptr<Stream>> connected(std::uint16_t port, milliseconds timeout = seconds(10)) {
    return testing::run_task(context_, connect(port, testing::soon(timeout)));
  }
  Result<std::string> read(Stream& stream, std::size_t count) {
    return testing::run_task(context_, read_copy(&stream, count));
  }
  static awaitable<Result<std::string>> read_copy(Stream* stream, std::size_t count) {
    CO_TRY(auto bytes, co_await stream->read_exact(count, testing::soon()));
    co_return std::string(bytes);
  }

  boost::asio::io_context context_{1};
  memory::Account account_{"process", nullptr, 64 << 20};
  KnownHosts known_hosts_{{}, account_};
  runtime::TaskScope scope_{context_.get_executor()};
  std::unique_ptr<SshForwarder> forwarder_;
};

TEST_F(ForwardTest, many_connections_share_a_session_and_bring_their_own_bytes) {
  testing::OpenSsh server;
  start(server);
  constexpr int kConnections = 20;
  constexpr std::size_t kEach = 300'000;
  std::vector<std::unique_ptr<ScriptedPeer>> peers;
  std::vector<Result<std::string>> answers;
  for (int i = 0; i < kConnections; ++i) {
    auto letter = std::string(1, static_cast<char>('a' + i));
    std::string question(kEach, letter[0]);
    peers.push_back(std::make_unique<ScriptedPeer>(std::vector<ScriptedPeer::Script>{
        {ScriptedPeer::expect(question), ScriptedPeer::send(question), ScriptedPeer::close()}}));
    auto talk = [](ForwardTest* test, std::uint16_t port, std::string text,
                   std::vector<Result<std::string>>* into) -> awaitable<void> {
      auto stream = co_await test->connect(port, testing::soon());
      if (!stream) {
        into->emplace_back(std::move(stream).error());
        co_return;
      }
      auto sent = co_await (*stream)->write(text, testing::soon());
      auto answer = co_await read_copy(stream->get(), text.size());
      into->push_back(sent ? std::move(answer) : Result<std::string>(sent.error()));
    };
    boost::asio::co_spawn(context_, talk(this, peers.back()->port(), std::move(question), &answers),
                          boost::asio::detached);
  }
  ASSERT_TRUE(testing::run_until(context_, [&] { return answers.size() == kConnections; }));
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(*answer, std::string(kEach, answer->front()));
  }
  EXPECT_TRUE(testing::run_until(context_, [&] { return !forwarder_->in_use(); }));
  EXPECT_TRUE(forwarder_->usable());
}

TEST_F(ForwardTest, says_why_the_server_does_not_connect) {
  testing::OpenSsh server;
  start(server);
  auto nobody = connected(testing::unused_port());
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(nobody.error().message(), HasSubstr(fmt::format("through 127.0.0.1:{}", server.port())));
  EXPECT_TRUE(forwarder_->usable());
  EXPECT_FALSE(forwarder_->in_use());
  testing::OpenSsh strict({.more = {"AllowTcpForwarding no"}});
  start(strict);
  ScriptedPeer peer({{ScriptedPeer::send("hello")}});
  auto refused = connected(peer.port());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("error (1) open failed"));
}

TEST_F(ForwardTest, who_does_not_read_holds_nobody_up_and_fills_no_memory) {
  testing::OpenSsh server;
  start(server);
  ScriptedPeer flood({{ScriptedPeer::send_forever(std::string(10'000, 'x'))}}),
      peer({{ScriptedPeer::expect("ping"), ScriptedPeer::send("pong"), ScriptedPeer::stall()}});
  auto slow = connected(flood.port());
  ASSERT_TRUE(slow) << slow.error().message();
  auto quick = connected(peer.port());
  ASSERT_TRUE(quick) << quick.error().message();
  for (int i = 0; i < 200; ++i) context_.run_for(milliseconds(1));  // the window fills
  ASSERT_TRUE(testing::run_task(context_, (*quick)->write("ping", testing::soon())));
  EXPECT_EQ(read(**quick, 4).value(), "pong");
  EXPECT_EQ(read(**slow, 3'000'000).value(), std::string(3'000'000, 'x'));  // and goes on where it was
}

TEST_F(ForwardTest, its_end_is_the_end_of_its_connections) {
  testing::OpenSsh server;
  start(server);
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto stream = connected(peer.port());
  ASSERT_TRUE(stream) << stream.error().message();
  forwarder_.reset();
  auto ended = read(**stream, 1);
  ASSERT_FALSE(ended);
  EXPECT_THAT(ended.error().message(), HasSubstr("closed"));
}

TEST_F(ForwardTest, a_server_that_goes_away_closes_all_and_refuses_more) {
  using At = testing::SshServer::At;
  testing::SshServer server({.at = At::kChannel, .fault = testing::SshServer::Fault::kClose});
  auto opened = testing::run_task(context_, open(server.port(), {.user = "watcher", .password = "secret"}));
  ASSERT_TRUE(opened) << opened.error().message();
  forwarder_ = std::move(*opened);
  auto first = connected(1);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(forwarder_->usable());
  auto second = connected(1);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("has ended"));
}

TEST_F(ForwardTest, a_server_that_is_silent_costs_the_deadline) {
  testing::SshServer server({.at = testing::SshServer::At::kChannel});
  auto opened = testing::run_task(context_, open(server.port(), {.user = "watcher", .password = "secret"}));
  ASSERT_TRUE(opened) << opened.error().message();
  forwarder_ = std::move(*opened);
  auto late = connected(1, milliseconds(100));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(late.error().message(), HasSubstr("connect to 127.0.0.1:1 through"));
}

TEST_F(ForwardTest, gives_back_descriptors_and_bytes) {
  testing::OpenSsh server;
  start(server);
  testing::RealServer peer("/usr/sbin/sshd", [&](const auto&, auto port) {  // greets, in a process of its own
    return std::vector<std::string>{"-D", "-e", "-f", server.directory() + "/sshd_config", "-p", std::to_string(port)};
  });
  ASSERT_TRUE(peer.running());
  std::ptrdiff_t descriptors = testing::open_descriptors();
  std::size_t bytes = 0;
  for (int i = 0; i < 30; ++i) {
    auto stream = connected(peer.port());
    ASSERT_TRUE(stream) << stream.error().message();
    EXPECT_EQ(read(**stream, 4).value(), "SSH-");
    stream->reset();
    ASSERT_TRUE(testing::run_until(context_, [&] { return !forwarder_->in_use(); }));
    if (i == 0) bytes = account_.used();
  }
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

}  // namespace
}  // namespace holter::net
