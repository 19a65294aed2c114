#include <gmock/gmock.h>

#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& telnet_plugin();

namespace {

using model::Node;
using model::ResultCode;
using testing::block_of;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class TelnetTest : public testing::ProbeTest {
 protected:
  Result<std::unique_ptr<Probe>> compile(const Node& block, std::string app = "port") {
    return telnet_plugin().compile({app, "summary", aliases_, block});
  }
  std::unique_ptr<OneShot> run_against(std::uint16_t port, std::string command = "", std::string host = "127.0.0.1",
                                       std::string timeout = "5000") {
    auto probe = compile(block_of({entry("host", std::move(host)), entry("port", std::to_string(port)),
                                   entry("timeout", std::move(timeout)), entry("cmd", std::move(command))}),
                         "zookeeper");
    EXPECT_TRUE(probe) << probe.error().message();
    return run(**probe, aliases_.size());
  }
  std::string text(OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }

  std::vector<std::string> aliases_{"responseTime"};
};

TEST_F(TelnetTest, measures_the_time_to_connect) {
  Peer peer({{}});
  auto shot = run_against(peer.port());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 1);
  const auto& cell = shot->table().at(0, 0);
  EXPECT_EQ(cell.kind, RawTable::Kind::kDouble);
  EXPECT_GT(cell.number, 0);
  EXPECT_LT(cell.number, 5000);
  EXPECT_THAT(story(*shot), HasSubstr("connected to 127.0.0.1:"));
}

TEST_F(TelnetTest, connects_by_name_and_by_ipv6) {
  Peer four({{}});
  auto shot = run_against(four.port(), "", "site.example");
  EXPECT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(story(*shot), HasSubstr("resolved site.example to 127.0.0.1\n"));
  Peer six({{}}, {.v6 = true});
  EXPECT_EQ(run_against(six.port(), "", "::1")->code(), ResultCode::kSuccess);
  EXPECT_EQ(run_against(six.port(), "", "[::1]")->code(), ResultCode::kSuccess);
}

TEST_F(TelnetTest, calls_a_refused_connection_unconnectable) {
  auto shot = run_against(testing::unused_port());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("Connection refused"));
}

TEST_F(TelnetTest, calls_an_unknown_host_unreachable) {
  auto shot = run_against(80, "", "nobody.example");
  EXPECT_EQ(shot->code(), ResultCode::kUnreachable);
  EXPECT_EQ(shot->message(), "unknown host: nobody.example");
}

TEST_F(TelnetTest, reads_the_answer_to_a_command) {
  aliases_ = {"zk_version", "missing", "responseTime"};
  Peer peer({{Peer::expect("mntr"), Peer::send("zk_version\t3.8.0\n"), Peer::send("zk_x\t1\n")}});
  auto used = account_.used();
  auto shot = run_against(peer.port(), "mntr");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "3.8.0");
  EXPECT_EQ(shot->table().at(0, 1).kind, RawTable::Kind::kNull);
  EXPECT_EQ(shot->table().at(0, 2).kind, RawTable::Kind::kDouble);
  EXPECT_EQ(peer.received(), "mntr");
  EXPECT_EQ(account_.used(), used);
}

TEST_F(TelnetTest, reads_a_recorded_answer) {
  aliases_ = {"zk_version", "responseTime"};
  auto block = block_of({entry("host", "h"), entry("port", "2181"), entry("cmd", "mntr")});
  auto probe = compile(block, "zookeeper").value();
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, "zk_version\t3.8.0\n");
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0), "3.8.0");
  EXPECT_EQ(shot.table().at(0, 1).kind, RawTable::Kind::kDouble);
}

TEST_F(TelnetTest, fails_when_the_answer_has_none_of_the_values) {
  aliases_ = {"zk_version"};
  Peer peer({{Peer::expect("mntr"), Peer::send("mntr is not executed because it is not in the whitelist.\n")}});
  auto shot = run_against(peer.port(), "mntr");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("Cmd [mntr] returned no expected metrics. Response: mntr is not executed"));
}

TEST_F(TelnetTest, calls_a_reset_unconnectable) {
  Peer peer({{Peer::expect("mntr"), Peer::reset()}});
  EXPECT_EQ(run_against(peer.port(), "mntr")->code(), ResultCode::kUnconnectable);
}

TEST_F(TelnetTest, says_that_a_peer_did_not_end_in_time) {
  Peer peer({{Peer::send("a\tb\n"), Peer::stall()}});
  auto shot = run_against(peer.port(), "mntr", "127.0.0.1", "100");
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
}

TEST_F(TelnetTest, refuses_an_endless_answer) {
  Peer peer({{Peer::send_forever(std::string(4096, 'x'))}});
  auto shot = run_against(peer.port(), "mntr");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("more than 1.00 MiB"));
}

TEST_F(TelnetTest, refuses_a_block_that_is_wrong) {
  for (const auto& block : {block_of({entry("port", "80")}), block_of({entry("host", ""), entry("port", "80")}),
                            block_of({entry("host", "h"), entry("port", "0")}),
                            block_of({entry("host", "h"), entry("port", "70000")}), block_of({entry("host", "h")})}) {
    auto probe = compile(block);
    ASSERT_FALSE(probe);
    EXPECT_EQ(probe.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(probe.error().message(), ::testing::StartsWith("cannot "));
  }
}

TEST_F(TelnetTest, has_a_default_timeout_and_a_target) {
  auto probe = compile(block_of({entry("host", "::1"), entry("port", "80"), entry("timeout", " ")})).value();
  EXPECT_EQ(probe->timeout(), milliseconds(6000));
  EXPECT_EQ(probe->target(), "[::1]:80");
  EXPECT_GT(probe->bytes(), sizeof(void*));
}

}  // namespace
}  // namespace holter::collect
