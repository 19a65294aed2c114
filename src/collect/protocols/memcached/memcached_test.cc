#include <gmock/gmock.h>

#include "collect/protocols/memcached/stats.h"
#include "testing/real_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& memcached_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class MemcachedTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000") {
    auto block =
        testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)), entry("timeout", timeout)});
    return memcached_plugin().compile({"memcached", "server_info", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"version"};
  const std::vector<Exchange> talk_{
      {"stats\r\n", "STAT pid 1\r\nSTAT version 1.6.18\r\nEND\r\n", "read the statistics of"},
      {"stats settings\r\n", "STAT maxconns 1024\r\nEND\r\n", "read the statistics of"},
      {"stats sizes\r\n", "STAT 96 35\r\nSTAT 192 1\r\nEND\r\n", "read the statistics of"}};
};

TEST_F(MemcachedTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(MemcachedTest, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(MemcachedTest, reads_a_recorded_answer) {
  aliases_ = {"version", "maxconns", "item_size", "item_count", "missing"};
  auto probe = make(11211);
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, talk_[0].reply + talk_[1].reply + talk_[2].reply);
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0), "1.6.18");
  EXPECT_EQ(text(shot, 1), "1024");
  EXPECT_EQ(text(shot, 2), "192");
  EXPECT_EQ(text(shot, 3), "1");
  EXPECT_EQ(shot.table().at(0, 4).kind, RawTable::Kind::kNull);
}

TEST_F(MemcachedTest, says_what_a_server_does_not_allow) {
  auto shot = play([this](auto port, auto timeout) { return make(port, timeout); },
                   {testing::ScriptedPeer::expect("stats"),
                    testing::ScriptedPeer::send("CLIENT_ERROR unauthenticated\r\n"), testing::ScriptedPeer::stall()});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("the server says CLIENT_ERROR unauthenticated"));
}

TEST_F(MemcachedTest, reads_a_real_server) {
  testing::RealServer server("/usr/bin/memcached", [](const auto&, auto port) {
    return std::vector<std::string>{"-u", "nobody", "-l", "127.0.0.1", "-p", std::to_string(port), "-U", "0"};
  });
  ASSERT_TRUE(server.running()) << "memcached is not installed: tools/setup.sh installs it";
  aliases_ = {"version", "curr_connections", "maxconns", "threads", "responseTime"};
  auto probe = make(server.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(text(*shot, 0), HasSubstr("1."));
  EXPECT_EQ(text(*shot, 2), "1024");
}

TEST(MemcachedStats, tells_a_count_from_the_setting_of_the_same_name) {
  auto pairs = memcached::parse_stats("STAT evictions 5\r\nEND\r\nSTAT evictions on\r\nEND\r\n").value();
  ASSERT_EQ(pairs.size(), 1);
  EXPECT_EQ(pairs[0].second, "5");
}

TEST(MemcachedStats, refuses_what_is_no_statistics) {
  EXPECT_FALSE(memcached::parse_stats("HTTP/1.1 400 Bad Request\r\n"));
  std::string many;
  for (std::size_t i = 0; i <= memcached::kMostLines; ++i) many += "\r\n";
  EXPECT_FALSE(memcached::parse_stats(many));
}

}  // namespace
}  // namespace holter::collect
