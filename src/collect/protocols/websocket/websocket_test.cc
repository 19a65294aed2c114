#include <fstream>

#include <gmock/gmock.h>

#include "collect/protocols/websocket/handshake.h"
#include "testing/nginx.h"
#include "testing/real_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& websocket_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class WebsocketTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string ssl = "false",
                              std::string ca = "") {
    auto block =
        testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port)), entry("timeout", timeout),
                           entry("path", "/chat"), entry("ssl", ssl), entry("caFile", ca)});
    return websocket_plugin().compile({"websocket", "summary", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"responseCode", "statusMessage", "upgrade", "httpVersion", "responseTime"};
};

TEST_F(WebsocketTest, opens_and_closes_on_a_real_server) {
  testing::RealServer server("/usr/bin/python3", [](const auto& dir, auto port) {
    auto file = dir + "/server.py";
    std::ofstream(file) << "import asyncio, websockets\nasync def talk(socket):\n    await socket.wait_closed()\n"
                        << "async def main():\n    async with websockets.serve(talk, '127.0.0.1', " << port
                        << "):\n        await asyncio.Future()\nasyncio.run(main())\n";
    return std::vector<std::string>{file};
  });
  ASSERT_TRUE(server.running()) << "python3-websockets is not installed: tools/setup.sh installs it";
  auto probe = make(server.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "101");
  EXPECT_EQ(text(*shot, 1), "Switching Protocols");
  EXPECT_EQ(text(*shot, 2), "websocket");
  EXPECT_EQ(text(*shot, 3), "HTTP/1.1");
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(text(again, 0), "101");
}

TEST_F(WebsocketTest, tells_what_a_server_without_websockets_answers_by_tls_too) {
  auto own = testing::make_certificate({});
  testing::Nginx nginx("", own.certificate, own.key);
  ASSERT_TRUE(nginx.running()) << "nginx is not installed: tools/setup.sh installs it";
  testing::TempFile ca(own.certificate);
  for (auto& probe : {make(nginx.http_port()), make(nginx.https_port(), "5000", "true", ca.path())}) {
    auto shot = run(*probe, aliases_.size());
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_EQ(text(*shot, 0), "404");
  }
  EXPECT_EQ(run(*make(nginx.https_port(), "5000", "true"), aliases_.size())->code(), ResultCode::kUnconnectable);
}

const std::string kRefusal = "HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\n";

TEST_F(WebsocketTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); },
                   {{"\r\n\r\n", kRefusal, "read the answer of"}});
}

TEST_F(WebsocketTest, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); },
                        {{"\r\n\r\n", kRefusal, "read the answer of"}});
}

TEST_F(WebsocketTest, fails_when_the_server_does_not_prove_that_it_understood) {
  auto shot =
      play([this](auto port, auto timeout) { return make(port, timeout); },
           {Peer::expect("\r\n\r\n"),
            Peer::send("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: abc=\r\n\r\n"), Peer::stall()});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("Sec-WebSocket-Accept"));
}

TEST_F(WebsocketTest, refuses_a_path_that_would_break_the_request) {
  auto block = testing::block_of({entry("host", "h"), entry("path", "/a\r\nX: y")});
  EXPECT_FALSE(websocket_plugin().compile({"websocket", "summary", aliases_, block}));
}

TEST(WebsocketHandshake, computes_the_example_of_the_standard) {
  EXPECT_EQ(websocket::accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(websocket::make_key("the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
}

TEST(WebsocketHandshake, refuses_what_is_no_head) {
  for (const char* text : {"", "SSH-2.0-x\r\n", "HTTP/1.1\r\n", "HTTP/1.1 abc x\r\n", "HTTP/1.1 200 OK\r\nnothing\r\n"})
    EXPECT_FALSE(websocket::parse_head(text)) << text;
}

}  // namespace
}  // namespace holter::collect
