// Holds the estimate that is charged for an SSH session against what it allocates.
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/ssh_channel.h"
#include "net/ssh_session.h"
#include "net/tcp.h"
#include "testing/allocated.h"
#include "testing/openssh.h"
#include "testing/run_task.h"

namespace holter::net {
namespace {

namespace testing = holter::testing;

TEST(SshMemoryTest, a_session_holds_no_more_than_is_charged_for_it) {
  constexpr std::size_t kSessions = 20, kOfOpenSsl = 16 << 10;  // nothing is installed here, so it is in the figure
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  boost::asio::io_context context{1};
  memory::Account account{"process", nullptr, 64 << 20};
  KnownHosts known{{}, account};
  const SshPeer peer{"127.0.0.1", server.port(), {.user = server.user(), .private_key = server.key()}};
  auto open = [&] {
    auto address = boost::asio::ip::make_address("127.0.0.1");
    auto tcp =
        testing::run_task(context, TcpStream::connect(context.get_executor(), address, server.port(), testing::soon()));
    SshSession::Options options{.peer = peer, .key = SshKey::of(peer.login).value(), .known_hosts = &known};
    return testing::run_task(
        context, SshSession::open(context.get_executor(), tcp->release(), std::move(options), testing::soon()));
  };
  const std::string command = "head -c 200000 /dev/zero; sleep 60";
  auto begin = [&](SshSession* session) {
    return testing::run_task(context, SshChannel::open(session, SshChannel::Kind::kCommand, &command, testing::soon()));
  };
  auto first = open();  // what is made once
  ASSERT_TRUE(first) << first.error().message();
  auto before = testing::allocated_bytes();
  std::vector<std::unique_ptr<SshSession>> sessions;
  std::vector<std::unique_ptr<SshChannel>> channels;
  for (std::size_t i = 0; i < kSessions; ++i) {
    auto session = open();
    ASSERT_TRUE(session) << session.error().message();
    auto channel = begin(session->get());
    ASSERT_TRUE(channel) << channel.error().message();
    for (int pumps = 0; pumps < 8; ++pumps) {  // some output lies in libssh
      ASSERT_TRUE(testing::run_task(context, (*session)->wait(testing::soon(), "wait for")));
      ASSERT_TRUE((*session)->pump());
    }
    channels.push_back(std::move(*channel));
    sessions.push_back(std::move(*session));
  }
  auto each = (testing::allocated_bytes() - before) / kSessions;
  fmt::print("an SSH session with a channel holds {} bytes, {} are charged\n", each, SshSession::kBytes + kOfOpenSsl);
  EXPECT_LE(each, SshSession::kBytes + kOfOpenSsl);
  EXPECT_GE(each, (SshSession::kBytes + kOfOpenSsl) / 4);
  channels.clear();
  sessions.clear();
  EXPECT_LE(testing::allocated_bytes(), before + 64 * 1024);
}

}  // namespace
}  // namespace holter::net
