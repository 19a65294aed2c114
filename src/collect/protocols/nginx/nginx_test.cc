#include "testing/nginx.h"

#include <gmock/gmock.h>

#include "collect/protocols/nginx/status.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& nginx_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

constexpr std::string_view kPage =
    "Active connections: 3 \nserver accepts handled requests\n 10 9 25 \nReading: 0 Writing: 1 Waiting: 2 \n";

class NginxTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string set = "nginx_status") {
    auto block = testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)),
                                    entry("timeout", timeout), entry("url", "/status")});
    return nginx_plugin().compile({"nginx", set, aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column, std::size_t row = 0) {
    return std::string(shot.table().text(shot.table().at(row, column)));
  }
  std::vector<std::string> aliases_{"active", "accepts", "handled", "requests", "reading", "waiting", "responseTime"};
};

TEST_F(NginxTest, reads_the_real_page) {
  auto own = testing::make_certificate({});
  testing::Nginx nginx("location = /status { stub_status; }", own.certificate, own.key);
  ASSERT_TRUE(nginx.running()) << "nginx is not installed: tools/setup.sh installs it";
  auto probe = make(nginx.http_port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "1");
  EXPECT_EQ(text(*shot, 4), "0");
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(text(again, 3), text(*shot, 3));
}

TEST_F(NginxTest, fails_on_other_pages_and_peers) {
  auto maker = [this](auto port, auto timeout) { return make(port, timeout); };
  auto other = play(
      maker, {Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), Peer::stall()});
  EXPECT_EQ(other->code(), ResultCode::kFail);
  EXPECT_THAT(other->message(), HasSubstr("begins with 'hi'"));
  auto missing = play(
      maker, {Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), Peer::stall()});
  EXPECT_EQ(missing->code(), ResultCode::kFail);
  for (const auto& script : {Script{Peer::reset()}, Script{Peer::send("SSH-2.0-x\r\n"), Peer::close()},
                             Script{Peer::expect("GET"), Peer::reset()}})
    EXPECT_NE(play(maker, script)->code(), ResultCode::kSuccess);
  EXPECT_NE(play(maker, {Peer::stall()}, "60")->code(), ResultCode::kSuccess);
  EXPECT_EQ(run(*make(testing::unused_port()), kColumns)->code(), ResultCode::kUnconnectable);
}

TEST_F(NginxTest, has_a_row_for_each_zone_of_req_status) {
  aliases_ = {"zone_name", "key", "bandwidth"};
  auto probe = make(80, "5000", "req_status");
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe,
              "HTTP/1.1 200 OK\r\n\r\nzone_name\tkey\tmax_active\tmax_bw\ttraffic\trequests\tactive\tbandwidth\n"
              "server_addr\t127.0.0.1\t3\t 4K\t66K\t12\t2\t 0\nserver_name\tlocalhost\t2\t1K\t9K\t5\t1\t7\n");
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  ASSERT_EQ(shot.table().rows(), 2);
  EXPECT_EQ(text(shot, 1, 1), "localhost");
  EXPECT_EQ(text(shot, 2, 1), "7");
}

TEST(NginxStatus, reads_stub_status_and_nothing_else) {
  auto figures = nginx::parse_stub_status(kPage).value();
  auto wanted = nginx::Figures{{"active", "3"},  {"accepts", "10"}, {"handled", "9"}, {"requests", "25"},
                               {"reading", "0"}, {"writing", "1"},  {"waiting", "2"}};
  EXPECT_EQ(figures, wanted);
  EXPECT_FALSE(nginx::parse_stub_status("<html>hello</html>"));
  EXPECT_FALSE(nginx::parse_req_status("Active connections: 3"));
  EXPECT_FALSE(nginx::parse_req_status("zone_name key\na b c\n"));
}

}  // namespace
}  // namespace holter::collect
