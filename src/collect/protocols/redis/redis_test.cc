#include <gmock/gmock.h>

#include "collect/protocols/redis/reply.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& redis_plugin();

namespace {

using model::Node;
using model::ResultCode;
using testing::block_of;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

class RedisTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string user = "",
                              std::string password = "", std::string pattern = "1") {
    auto block = block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)), entry("timeout", timeout),
                           entry("username", user), entry("password", password), entry("pattern", pattern)});
    return redis_plugin().compile({"redis", set_, aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column, std::size_t row = 0) {
    return std::string(shot.table().text(shot.table().at(row, column)));
  }
  std::vector<std::string> aliases_{"redis_version"};
  std::string set_ = "server";
  const std::string info_ = "# Server\r\nredis_version:7.0.15\r\nexecutable:/a:b\r\nconfig_file:\r\n";
};

TEST_F(RedisTest, reads_values_with_colons_and_takes_empty_ones_for_none) {
  aliases_ = {"redis_version", "executable", "config_file", "missing", "responseTime"};
  Peer peer({{Peer::expect("*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"), Peer::send(bulk(info_)), Peer::stall()}});
  auto probe = make(peer.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "7.0.15");
  EXPECT_EQ(text(*shot, 1), "/a:b");
  EXPECT_EQ(shot->table().at(0, 2).kind, RawTable::Kind::kNull);
  EXPECT_EQ(shot->table().at(0, 3).kind, RawTable::Kind::kNull);
  EXPECT_EQ(shot->table().at(0, 4).kind, RawTable::Kind::kDouble);
  EXPECT_EQ(shot->trace().answer, info_);
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(again.code(), ResultCode::kSuccess);
  EXPECT_EQ(text(again, 1), "/a:b");
}

TEST_F(RedisTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout, "", "secret"); },
                   {{"AUTH", "+OK\r\n", "log in to"}, {"INFO", bulk(info_), "read INFO of"}});
}

TEST_F(RedisTest, keeps_its_session_and_opens_another_when_it_was_closed) {
  Peer peer({{Peer::expect("INFO"), Peer::send(bulk(info_)), Peer::expect("INFO"), Peer::send(bulk(info_)),
              Peer::expect("INFO"), Peer::close()},
             {Peer::expect("INFO"), Peer::send(bulk(info_)), Peer::stall()}});
  auto probe = make(peer.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(*probe, 1)->code(), ResultCode::kSuccess);
  EXPECT_EQ(peer.accepted(), 2);
  EXPECT_TRUE(objects_.sessions().empty());
  objects_.sweep();
  auto sessions = objects_.sessions();
  ASSERT_EQ(sessions.size(), 1);
  EXPECT_EQ(sessions[0].first, "redis");
  EXPECT_EQ(sessions[0].second.open, 1);
  EXPECT_EQ(sessions[0].second.opened, 2);
  EXPECT_EQ(sessions[0].second.reused, 2);
}

TEST_F(RedisTest, ten_thousand_rounds_leave_nothing_behind) {
  std::vector<Peer::Step> script;
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  {
    for (int i = 0; i < 10'000; ++i) script.insert(script.end(), {Peer::expect("INFO"), Peer::send(bulk(info_))});
    script.push_back(Peer::stall());
    Peer peer({script});
    auto probe = make(peer.port());
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, 1)->code(), ResultCode::kSuccess);
    EXPECT_EQ(peer.accepted(), 1);
    objects_.clear();
  }
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(RedisTest, says_that_a_password_is_wrong_without_saying_it) {
  Peer peer({{Peer::expect("AUTH"), Peer::send("-WRONGPASS invalid username-password pair\r\n"), Peer::stall()}});
  auto probe = make(peer.port(), "5000", "watcher", "hunter2");
  auto shot = run(*probe, 1);
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("the server says WRONGPASS"));
  EXPECT_THAT(shot->message() + story(*shot), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(peer.received(), HasSubstr("*3\r\n$4\r\nAUTH\r\n$7\r\nwatcher\r\n$7\r\nhunter2\r\n"));
}

TEST_F(RedisTest, refuses_a_reply_that_is_too_long_before_it_comes) {
  auto shot = play([this](auto port, auto timeout) { return make(port, timeout); },
                   {Peer::expect("INFO"), Peer::send("$4194305\r\n"), Peer::stall()});
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  EXPECT_THAT(shot->message(), HasSubstr("more than 4.00 MiB"));
}

TEST_F(RedisTest, a_cluster_has_a_row_for_each_node_that_answers) {
  set_ = "cluster";
  aliases_ = {"identity", "cluster_enabled", "cluster_state"};
  Peer node({{Peer::expect("INFO"), Peer::send(bulk("cluster_enabled:1\r\n")), Peer::expect("CLUSTER"),
              Peer::send(bulk("cluster_state:ok\r\n")), Peer::stall()}});
  auto nodes = "a1 127.0.0.1:" + std::to_string(node.port()) + "@1 master - 0 0 1 connected 0-5460\n" +
               "a2 127.0.0.1:1@2,name myself,slave a1 0 0 1 connected\na3 :0@0 master,noaddr - 0 0 1 disconnected\n";
  Peer seed({{Peer::expect("NODES"), Peer::send(bulk(nodes)), Peer::stall()}});
  auto probe = make(seed.port(), "5000", "", "", "3");
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 1);
  EXPECT_EQ(text(*shot, 0), "127.0.0.1:" + std::to_string(node.port()));
  EXPECT_EQ(text(*shot, 1), "1");
  EXPECT_EQ(text(*shot, 2), "ok");
  EXPECT_THAT(shot->message(), HasSubstr("127.0.0.1:1"));
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, "# node a:1\ncluster_enabled:1\n# node b:2\ncluster_enabled:0\n");
  ASSERT_EQ(again.table().rows(), 2);
  EXPECT_EQ(text(again, 0, 1), "b:2");
  EXPECT_EQ(text(again, 1, 1), "0");
}

TEST_F(RedisTest, refuses_a_block_that_is_wrong) {
  for (const auto& block : {block_of({entry("port", "6379")}), block_of({entry("host", "h"), entry("port", "0")}),
                            block_of({entry("host", "h"), entry("certificateFile", "/c.pem")}),
                            block_of({entry("host", "h"), {"sshTunnel", block_of({entry("enable", "true")})}})}) {
    auto probe = redis_plugin().compile({"redis", "server", aliases_, block});
    ASSERT_FALSE(probe);
    EXPECT_THAT(probe.error().message(), ::testing::StartsWith("cannot "));
  }
}

TEST(RedisReply, reads_nodes_as_all_versions_write_them) {
  auto nodes = redis::parse_nodes(
      "07c3 10.0.0.4:30004@31004,host4 slave e7d1 0 1426238317239 4 connected\n"
      "67ed 10.0.0.2:30002 master,fail - 0 1426238316232 2 connected 5461-10922\n2929 ::1:30003@1 master - 0 0 3 c "
      "1\n");
  ASSERT_TRUE(nodes) << nodes.error().message();
  ASSERT_EQ(nodes->size(), 3);
  EXPECT_EQ((*nodes)[0].host, "10.0.0.4");
  EXPECT_EQ((*nodes)[0].port, 30004);
  EXPECT_FALSE((*nodes)[1].usable);
  EXPECT_EQ((*nodes)[2].host, "::1");
  EXPECT_FALSE(redis::parse_nodes("nonsense\n"));
  EXPECT_FALSE(redis::parse_nodes("a b:99999 master\n"));
}

}  // namespace
}  // namespace holter::collect
