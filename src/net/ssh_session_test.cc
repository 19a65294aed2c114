#include "net/ssh_session.h"

#include <boost/asio/io_context.hpp>
#include <fstream>

#include <gmock/gmock.h>

#include "net/ssh_channel.h"
#include "net/tcp.h"
#include "testing/openssh.h"
#include "testing/run_task.h"
#include "testing/scripted_peer.h"
#include "testing/ssh_server.h"
#include "testing/stream_faults.h"

namespace holter::net {
namespace {

namespace testing = holter::testing;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SshServer;
using ::testing::StartsWith;
using At = SshServer::At;
using Fault = SshServer::Fault;

class SshTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<SshSession>> open(std::uint16_t port, SshLogin login, milliseconds timeout = seconds(10)) {
    notes_.clear();
    auto deadline = testing::soon(timeout);
    return testing::run_task(context_, connect(port, std::move(login), deadline));
  }
  boost::asio::awaitable<Result<std::unique_ptr<SshSession>>> connect(std::uint16_t port, SshLogin login,
                                                                      MonoTime deadline) {
    auto address = boost::asio::ip::make_address("127.0.0.1");
    CO_TRY(auto stream, co_await TcpStream::connect(context_.get_executor(), address, port, deadline));
    auto socket = stream.release();
    SshSession::Options options{.peer = {"127.0.0.1", port, std::move(login)}, .known_hosts = &known_hosts_};
    CO_TRY(options.key, SshKey::of(options.peer.login));
    options.note = [this](std::string text) { notes_ += text + "\n"; };
    co_return co_await SshSession::open(context_.get_executor(), std::move(socket), std::move(options), deadline);
  }
  static boost::asio::awaitable<Result<SshChannel::Output>> exec(SshSession* session, std::string command,
                                                                 memory::Account* account, MonoTime deadline) {
    CO_TRY(auto channel, co_await SshChannel::open(session, SshChannel::Kind::kCommand, &command, deadline));
    co_return co_await channel->read_output(account, nullptr, deadline);
  }
  Result<SshChannel::Output> run(SshSession& session, std::string command, milliseconds timeout = seconds(10)) {
    return testing::run_task(context_, exec(&session, std::move(command), &account_, testing::soon(timeout)));
  }

  boost::asio::io_context context_{1};
  memory::Account account_{"process", nullptr, 64 << 20};
  KnownHosts known_hosts_{{}, account_};
  std::string notes_;
  const SshLogin watcher_{.user = "watcher", .password = "secret"};
};

TEST_F(SshTest, runs_commands_on_the_real_server_one_after_the_other) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto session = open(server.port(), {.user = server.user(), .private_key = server.key()});
  ASSERT_TRUE(session) << session.error().message();
  EXPECT_THAT(notes_, HasSubstr("keys exchanged with SSH-2.0-OpenSSH_"));
  EXPECT_THAT(notes_, HasSubstr("logged in by public key"));
  auto first = run(**session, "echo out; echo err >&2; exit 3");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->out, "out\n");
  EXPECT_EQ(first->error, "err\n");
  EXPECT_EQ(first->exit_status, 3);
  EXPECT_TRUE((*session)->usable());
  auto input = run(**session, "cat; echo done");  // does not wait for input
  ASSERT_TRUE(input) << input.error().message();
  EXPECT_EQ(input->out, "done\n");
  auto killed = run(**session, "kill -9 $$");
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->exit_status, -1);
  auto behind = run(**session, "sleep 60 >/dev/null 2>&1 & echo started");
  ASSERT_TRUE(behind) << behind.error().message();
  auto large = run(**session, "head -c 3000000 /dev/zero; head -c 100000 /dev/zero >&2");
  ASSERT_TRUE(large) << large.error().message();
  EXPECT_EQ(large->out.size(), 3'000'000U);
  EXPECT_EQ(large->error.size(), SshChannel::kMostError);
  EXPECT_TRUE((*session)->usable());
}

TEST_F(SshTest, takes_keys_in_all_formats) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  for (auto [kind, passphrase] : {std::pair{"-t rsa -b 2048 -m PEM", ""},
                                  {"-t rsa -b 2048", ""},
                                  {"-t rsa -b 2048 -m PEM", "long live"},
                                  {"-t ecdsa -m PEM", ""},
                                  {"-t ecdsa", "long live"},
                                  {"-t ed25519", "long live"}}) {
    auto pair = testing::make_ssh_key(kind, passphrase);
    std::ofstream(server.directory() + "/authorized_keys") << pair.open;
    SshLogin login{.user = server.user(), .private_key = pair.secret, .passphrase = passphrase};
    auto session = open(server.port(), login);
    EXPECT_TRUE(session) << kind << ": " << session.error().message();
    testing::TempFile file(pair.secret.substr(0, pair.secret.size() - 1));
    login.private_key = file.path();
    EXPECT_TRUE(open(server.port(), login)) << kind << " from a file";
    if (*passphrase == '\0') continue;
    login.passphrase = "another";
    auto wrong = open(server.port(), login);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(wrong.error().message(), StartsWith("cannot use the private key"));
  }
  EXPECT_FALSE(SshKey::of({.private_key = "nonsense"}));
  EXPECT_FALSE(SshKey::of({.private_key = "/nonexistent"}));
  EXPECT_FALSE(SshKey::of({.private_key = std::string(70'000, 'x')}));
}

TEST_F(SshTest, a_key_that_the_server_does_not_know_is_refused) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto refused =
      open(server.port(), {.user = server.user(), .private_key = testing::make_ssh_key("-t ed25519").secret});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnauthenticated);
  EXPECT_THAT(refused.error().message(), HasSubstr("the server refused public key; it takes: publickey"));
  auto nothing = open(server.port(), {.user = server.user()});
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message(), HasSubstr("no password or key was given"));
}

TEST_F(SshTest, asks_for_the_kind_of_host_key_that_is_known) {
  testing::OpenSsh server({.host_key_type = "rsa -b 2048"});
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto ecdsa = testing::make_ssh_key("-t ecdsa");
  SshLogin login{.user = server.user(), .private_key = server.key()};
  ASSERT_TRUE(open(server.port(), login));
  EXPECT_THAT(known_hosts_.known_types("127.0.0.1", server.port()), ::testing::ElementsAre("ssh-rsa"));
  EXPECT_TRUE(open(server.port(), login));
}

TEST_F(SshTest, talks_to_servers_with_old_algorithms_only) {
  testing::OpenSsh server({.host_key_type = "rsa -b 2048",
                           .more = {"KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa",
                                    "Ciphers aes128-cbc", "MACs hmac-sha1", "PubkeyAcceptedAlgorithms +ssh-rsa"}});
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto session = open(server.port(), {.user = server.user(), .private_key = server.key()});
  ASSERT_TRUE(session) << session.error().message();
  EXPECT_THAT(notes_, HasSubstr("diffie-hellman-group14-sha1, aes128-cbc, hmac-sha1"));
  EXPECT_EQ(run(**session, "echo ok").value().out, "ok\n");
}

TEST_F(SshTest, refuses_a_server_whose_key_has_changed) {
  auto other = testing::make_ssh_key("-t ed25519");
  SshServer server;
  auto text = other.open.substr(12, other.open.rfind(' ') - 12);
  ASSERT_TRUE(known_hosts_.check("127.0.0.1", server.port(), from_base64(text)));
  auto refused = open(server.port(), watcher_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("somebody may be in between"));
  EXPECT_EQ(server.logins(), 0) << "no password goes to it";
}

TEST_F(SshTest, logs_in_with_a_password_or_by_prompts) {
  for (bool by_prompt : {false, true}) {
    SshServer server({.by_prompt = by_prompt});
    auto session = open(server.port(), watcher_);
    ASSERT_TRUE(session) << session.error().message();
    EXPECT_THAT(notes_, HasSubstr(by_prompt ? "logged in by keyboard-interactive" : "logged in by password"));
    auto output = run(**session, "any");
    ASSERT_TRUE(output) << output.error().message();
    EXPECT_EQ(output->out, "ok\n");
    EXPECT_EQ(output->exit_status, 0);
    auto wrong = open(server.port(), {.user = "watcher", .password = "hunter2"});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_THAT(wrong.error().message() + notes_, Not(HasSubstr("hunter2")));
  }
}

TEST_F(SshTest, bears_faults_at_each_step) {
  for (auto [at, step] : {std::pair{At::kLogin, "log in to"},
                          {At::kChannel, "open a channel to"},
                          {At::kCommand, "run the command on"},
                          {At::kOutput, "read the output of"}})
    for (auto fault : {Fault::kStall, Fault::kClose}) {
      SshServer server({.at = at, .fault = fault});
      auto timeout = fault == Fault::kStall ? milliseconds(300) : milliseconds(10'000);
      SCOPED_TRACE(step);
      auto session = open(server.port(), watcher_, timeout);
      std::string message;
      if (!session) {
        message = session.error().message();
      } else {
        auto output = run(**session, "any", timeout);
        ASSERT_FALSE(output) << step;
        message = output.error().message();
        EXPECT_FALSE((*session)->usable()) << step;
      }
      // What is closed may be noticed a step earlier.
      EXPECT_THAT(message,
                  StartsWith(fault == Fault::kStall ? std::string("cannot ") + step + " 127.0.0.1:" : "cannot "));
      if (fault == Fault::kStall) EXPECT_THAT(message, HasSubstr("no answer in time"));
    }
}

TEST_F(SshTest, bears_what_is_no_ssh_server) {
  using Peer = testing::ScriptedPeer;
  const std::string greeting = "SSH-2.0-OpenSSH_9.2\r\n";
  struct Case {
    std::vector<Peer::Step> script;
    std::string step;
    milliseconds timeout{5000};
  };
  const Case cases[] = {
      {{Peer::stall()}, "read the greeting of", milliseconds(200)},
      {{Peer::close()}, "read the greeting of"},
      {{Peer::reset()}, "read the greeting of"},
      {{Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n"), Peer::close()}, "read the greeting of"},
      {{Peer::send_forever(std::string(5000, 'x'))}, "read the greeting of"},
      {{Peer::send("SSH-2.0"), Peer::close()}, "read the greeting of"},
      {{Peer::send(greeting), Peer::stall()}, "exchange keys with", milliseconds(200)},
      {{Peer::send(greeting), Peer::close()}, "exchange keys with"},
      {{Peer::send(greeting), Peer::reset()}, "exchange keys with"},
      {{Peer::send(greeting), Peer::send_forever(std::string(5000, 'x'))}, "exchange keys with"},
      {{Peer::send(greeting + std::string("\0\0\0\x0c\x06\x14", 6) + std::string(10, '\0')), Peer::stall()},
       "exchange keys with",
       milliseconds(200)}};
  int number = 0;
  for (const auto& each : cases) {
    Peer peer({each.script});
    auto session = open(peer.port(), watcher_, each.timeout);
    ASSERT_FALSE(session) << number;
    EXPECT_THAT(session.error().message(), StartsWith("cannot " + each.step + " 127.0.0.1:")) << number;
    EXPECT_NE(session.error().code(), ErrorCode::kUnauthenticated) << number;
    ++number;
  }
}

TEST_F(SshTest, cuts_off_a_command_that_prints_without_end) {
  SshServer server({.output = std::string(30'000, 'x'), .endless = true});
  auto session = open(server.port(), watcher_);
  ASSERT_TRUE(session) << session.error().message();
  auto output = run(**session, "yes");
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kTooLarge);
  EXPECT_FALSE((*session)->usable());
  session->reset();
  EXPECT_LT(account_.used(), 4096U) << "what is left are the known hosts";
}

TEST_F(SshTest, a_command_that_does_not_end_is_told_to_at_the_deadline) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto session = open(server.port(), {.user = server.user(), .private_key = server.key()});
  ASSERT_TRUE(session) << session.error().message();
  auto ended = server.directory() + "/ended";
  auto output = run(**session, "trap 'echo > " + ended + "; exit' TERM; for i in $(seq 100); do sleep 0.05; done",
                    milliseconds(300));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::kTimeout);
  EXPECT_FALSE((*session)->usable());
  // sshd passes no signals on for root, and says so.
  EXPECT_TRUE(testing::run_until(context_, [&] {
    return ::access(ended.c_str(), F_OK) == 0 || server.log().find("session signalling") != std::string::npos;
  }));
}

TEST_F(SshTest, gives_back_descriptors_and_refuses_what_a_server_wants_of_it) {
  std::ptrdiff_t descriptors = 0;
  for (bool first : {true, false}) {  // the first time libraries open what they keep
    descriptors = first ? 0 : testing::open_descriptors();
    SshServer server({.opens = 200});
    for (int i = 0; i < 5; ++i) {
      auto session = open(server.port(), watcher_);
      ASSERT_TRUE(session) << session.error().message();
      ASSERT_TRUE(run(**session, "any"));
      (void)open(server.port(), {.user = "watcher", .password = "wrong"});
    }
    testing::ScriptedPeer peer({{testing::ScriptedPeer::send("SSH-2.0-x\r\n"), testing::ScriptedPeer::stall()}});
    (void)open(peer.port(), watcher_, milliseconds(100));
  }
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

}  // namespace
}  // namespace holter::net
