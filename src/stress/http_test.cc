#include "stress/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/scripted_peer.h"

namespace holter::stress {
namespace {

using Peer = holter::testing::ScriptedPeer;

constexpr milliseconds kTime{5000};

Result<HttpAnswer> answer_to(const std::string& bytes) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send(bytes), Peer::close()}});
  HttpClient client(peer.port());
  return client.request("GET", "/x", kTime);
}

TEST(HttpClient, reads_a_body_of_known_length) {
  auto answer = answer_to("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
}

TEST(HttpClient, reads_a_chunked_body) {
  auto answer =
      answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n, 16 bytes\r\n0\r\n\r\n");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "hello, 16 bytes");
}

TEST(HttpClient, refuses_what_is_no_answer_or_too_long) {
  for (const char* bytes :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", ""})
    EXPECT_FALSE(answer_to(bytes)) << bytes;
}

TEST(HttpClient, ends_at_its_deadline) {
  Peer peer({{Peer::stall()}});
  HttpClient client(peer.port());
  auto answer = client.request("GET", "/", milliseconds(50));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout);
}

TEST(HttpClient, asks_again_on_a_new_connection_when_the_server_closed_an_idle_one) {
  auto reply = Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  Peer peer({{Peer::expect("\r\n\r\n"), reply, Peer::close()}, {Peer::expect("\r\n\r\n"), reply, Peer::close()}});
  HttpClient client(peer.port());
  EXPECT_TRUE(client.request("GET", "/", kTime));
  EXPECT_TRUE(client.request("GET", "/", kTime));
  EXPECT_EQ(peer.accepted(), 2U);
}

}  // namespace
}  // namespace holter::stress
