#include <fstream>

#include <gmock/gmock.h>

#include "collect/ssh_sessions.h"
#include "testing/openssh.h"
#include "testing/ssh_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& ssh_plugin();

namespace {

using model::Node;
using model::ResultCode;
using testing::block_of;
using testing::entry;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SshServer;
using Block = Node;

constexpr const char* kMissing = "openssh-server is not installed: tools/setup.sh installs it";

class SshProbeTest : public testing::StreamFaultsTest {
 protected:
  Block block(std::uint16_t port, std::string command = "any") {
    return block_of({entry("host", "localhost"), entry("port", std::to_string(port)), entry("username", "watcher"),
                     entry("password", "secret"), entry("script", std::move(command)), entry("parseType", "oneRow")});
  }
  Block block(const testing::OpenSsh& server, std::string command) {
    auto made = block(server.port(), std::move(command));
    set(made, "username", server.user());
    set(made, "password", "");
    set(made, "privateKey", server.key());
    return made;
  }
  static void set(Block& block, const std::string& key, const std::string& value) {
    for (std::size_t i = 0; i < block.keys.size(); ++i)
      if (block.keys[i] == key) {
        block.items[i] = Node::of_text(value);
        return;
      }
    block.keys.push_back(key);
    block.items.push_back(Node::of_text(value));
  }
  Probe& probe(const Block& block) {
    auto made = ssh_plugin().compile({"linux", "basic", aliases_, block});
    EXPECT_TRUE(made) << made.error().message();
    probes_.push_back(std::move(*made));
    return *probes_.back();
  }
  std::unique_ptr<OneShot> ask(const Block& block) { return run(probe(block), aliases_.size()); }
  std::string text(const OneShot& shot, std::size_t column, std::size_t row = 0) {
    return std::string(shot.table().text(shot.table().at(row, column)));
  }
  std::vector<std::string> aliases_{"a"};
  std::vector<std::unique_ptr<Probe>> probes_;
};

TEST_F(SshProbeTest, reads_lines_and_tables_of_the_real_server) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << kMissing;
  aliases_ = {"a", "b", "responseTime"};
  auto lines = ask(block(server, "echo one; echo two"));
  ASSERT_EQ(lines->code(), ResultCode::kSuccess) << lines->message();
  EXPECT_EQ(text(*lines, 0), "one");
  EXPECT_EQ(text(*lines, 1), "two");
  EXPECT_NE(lines->table().at(0, 2).kind, RawTable::Kind::kNull);
  for (auto step : {"resolved localhost to 127.0.0.1", "connected to 127.0.0.1", "keys exchanged with SSH-2.0-OpenSSH",
                    "host key SHA256:", "logged in by public key", "sent the command", "the command printed 8 bytes"})
    EXPECT_THAT(story(*lines), HasSubstr(step));
  auto table = block(server, "printf 'A B\\n1 2\\n3 4\\n'");
  set(table, "parseType", "multiRow");
  auto rows = ask(table);
  ASSERT_EQ(rows->code(), ResultCode::kSuccess) << rows->message();
  ASSERT_EQ(rows->table().rows(), 2);
  EXPECT_EQ(text(*rows, 1, 1), "4");
  EXPECT_THAT(story(*rows), HasSubstr("took a session that was kept"));
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probes_.back(), rows->trace().answer);
  EXPECT_EQ(text(again, 1, 1), "4");
  auto failed = ask(block(server, "no-such-command"));
  EXPECT_EQ(failed->code(), ResultCode::kFail);
  EXPECT_THAT(failed->message(), HasSubstr("not found"));
}

TEST_F(SshProbeTest, keeps_one_session_for_all_its_rounds_unless_it_may_not) {
  SshServer server;
  auto& kept = probe(block(server.port()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(run(kept, 1)->code(), ResultCode::kSuccess);
  EXPECT_EQ(server.accepted(), 1);
  auto fresh = block(server.port());
  set(fresh, "reuseConnection", "false");
  auto& each = probe(fresh);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(each, 1)->code(), ResultCode::kSuccess);
  EXPECT_EQ(server.accepted(), 4);
}

TEST_F(SshProbeTest, opens_another_session_when_the_kept_one_has_ended) {
  testing::OpenSsh server({.more = {"ClientAliveInterval 1", "ClientAliveCountMax 1"}});
  ASSERT_TRUE(server.running()) << kMissing;
  auto& probe = this->probe(block(server, "echo $PPID"));
  auto first = run(probe, 1);
  ASSERT_EQ(first->code(), ResultCode::kSuccess) << first->message();
  ASSERT_EQ(std::system(("kill " + text(*first, 0)).c_str()), 0);  // the sshd of the session
  auto second = run(probe, 1);
  ASSERT_EQ(second->code(), ResultCode::kSuccess) << second->message();
  EXPECT_NE(text(*second, 0), text(*first, 0));
}

TEST_F(SshProbeTest, stops_asking_a_host_that_refuses_its_password) {
  SshServer server;
  auto wrong = block(server.port());
  set(wrong, "password", "hunter2");
  auto& probe = this->probe(wrong);
  for (int i = 0; i < 3; ++i) {
    auto shot = run(probe, 1);
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
    EXPECT_THAT(shot->message(), HasSubstr("the server refused password"));
    EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("hunter2")));
  }
  auto connections = server.accepted();
  auto held = run(probe, 1);
  EXPECT_EQ(held->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(held->message(), HasSubstr("not asked again until 20"));
  EXPECT_EQ(server.accepted(), connections);
  EXPECT_EQ(ask(block(server.port()))->code(), ResultCode::kSuccess) << "other credentials are no matter";
}

TEST_F(SshProbeTest, goes_through_a_jump_host_and_checks_both_keys) {
  testing::OpenSsh jump, inner;
  ASSERT_TRUE(jump.running() && inner.running()) << kMissing;
  auto through = block(inner, "echo $SSH_CONNECTION");
  set(through, "host", "127.0.0.1");
  set(through, "useProxy", "true");
  set(through, "proxyHost", "127.0.0.1");
  set(through, "proxyPort", std::to_string(jump.port()));
  set(through, "proxyUsername", jump.user());
  set(through, "proxyPrivateKey", jump.key());
  auto shot = ask(through);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(story(*shot), HasSubstr("through 127.0.0.1:" + std::to_string(jump.port())));
  EXPECT_FALSE(known_hosts_.known_types("127.0.0.1", jump.port()).empty());
  EXPECT_FALSE(known_hosts_.known_types("127.0.0.1", inner.port()).empty());
  EXPECT_EQ(SshSessions::of(services_).forwarder_stats().open, 1);
  SshSessions::of(services_).shrink();  // the session goes; the jump host's may stay for those still in use
  EXPECT_EQ(ask(through)->code(), ResultCode::kSuccess);
  set(through, "port", std::to_string(testing::unused_port()));
  auto nobody = ask(through);
  EXPECT_EQ(nobody->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(nobody->message(), HasSubstr("through 127.0.0.1:"));
}

TEST_F(SshProbeTest, bears_faults_of_a_server_at_each_step) {
  using At = SshServer::At;
  for (auto at : {At::kLogin, At::kChannel, At::kCommand, At::kOutput})
    for (auto fault : {SshServer::Fault::kStall, SshServer::Fault::kClose}) {
      SshServer server({.at = at, .fault = fault});
      auto slow = block(server.port());
      if (fault == SshServer::Fault::kStall) set(slow, "timeout", "300");
      auto shot = ask(slow);
      EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
      EXPECT_THAT(shot->message(), ::testing::StartsWith("cannot "));
    }
  auto nobody = ask(block(testing::unused_port()));
  EXPECT_EQ(nobody->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(nobody->message(), HasSubstr("Connection refused"));
}

TEST_F(SshProbeTest, many_rounds_leave_nothing_behind) {
  std::ptrdiff_t descriptors = 0;
  const auto before = account_.used();
  for (bool first : {true, false}) {
    if (!first) descriptors = testing::open_descriptors();
    SshServer server;
    auto fresh = block(server.port());
    set(fresh, "reuseConnection", "false");
    auto &kept = probe(block(server.port())), &each = probe(fresh);
    for (int i = 0; i < 200; ++i) ASSERT_EQ(run(kept, 1)->code(), ResultCode::kSuccess);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(run(each, 1)->code(), ResultCode::kSuccess);
    EXPECT_GE(account_.used(), net::SshSession::kBytes) << "the kept session is charged";
    objects_.clear();
  }
  EXPECT_LT(account_.used() - before, 4096U) << "the known hosts, and no more";
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(SshProbeTest, eight_sets_of_a_monitor_share_four_sessions) {
  SshServer server;
  auto& probe = this->probe(block(server.port()));
  std::vector<std::unique_ptr<OneShot>> shots;
  int done = 0;
  for (int i = 0; i < 8; ++i) {
    shots.push_back(std::make_unique<OneShot>(services_, 1, account_));
    shots.back()->run(probe, [&] { ++done; });
  }
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == 8; }));
  for (const auto& shot : shots) EXPECT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_LE(server.accepted(), 4);
  EXPECT_EQ(server.commands(), 8);
}

TEST_F(SshProbeTest, refuses_a_block_that_is_wrong) {
  auto without = [&](const std::string& key) {
    auto made = block(22);
    set(made, key, "");
    return made;
  };
  auto with_zero = block(22, std::string("a\0b", 3)), long_one = block(22, std::string(70'000, 'x'));
  auto user = block(22), proxy = block(22);
  set(user, "username", std::string("a\0b", 3));
  set(proxy, "useProxy", "true");
  set(proxy, "proxyHost", "jump");  // without a user
  for (const auto& wrong :
       {without("host"), without("username"), without("script"), with_zero, long_one, user, proxy}) {
    auto made = ssh_plugin().compile({"linux", "basic", aliases_, wrong});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message(), ::testing::StartsWith("cannot "));
  }
}

}  // namespace
}  // namespace holter::collect
