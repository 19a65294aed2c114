#include "collect/protocols/http/test_probe.h"
#include "testing/certificates.h"
#include "testing/nginx.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

TEST_F(HttpProbeTest, measures_a_website) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nhello hello !")});
  auto shot = run_against(peer.port(), {{"keyword", "hel+o"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().text(shot->table().at(0, 0)), "200");
  EXPECT_GT(shot->table().at(0, 1).number, 0);
  EXPECT_EQ(shot->table().at(0, 2).integer, 2);
  EXPECT_THAT(story(*shot), HasSubstr("answer: HTTP/1.1 200 OK"));
  EXPECT_THAT(story(*shot), HasSubstr("parsed 1 rows"));
}

TEST_F(HttpProbeTest, fails_on_a_status_that_is_no_success) {
  Peer peer({answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  auto shot = run_against(peer.port());
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_EQ(shot->message(), "StatusCode 503");
  EXPECT_EQ(run_against(peer.port(), {{"successCodes", "200,503"}})->code(), ResultCode::kSuccess);
}

TEST_F(HttpProbeTest, reads_json) {
  aliases_ = {"status", "responseTime"};
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"UP\"}")});
  auto shot = run_against(peer.port(), {{"parseType", "default"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().text(shot->table().at(0, 0)), "UP");
  EXPECT_THAT(peer.received(), HasSubstr("Accept: application/json\r\n"));
}

TEST_F(HttpProbeTest, maps_errors_to_the_codes_of_the_format) {
  EXPECT_EQ(run_against(testing::unused_port())->code(), ResultCode::kUnconnectable);
  EXPECT_EQ(run_against(80, {{"host", "nobody.example"}})->code(), ResultCode::kUnreachable);
  Peer stalled({{Peer::stall()}});
  auto late = run_against(stalled.port(), {{"timeout", "100"}});
  EXPECT_EQ(late->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(late->message(), HasSubstr("no answer in time"));
  Peer old({answer("I am no HTTP\r\n")});
  EXPECT_EQ(run_against(old.port())->code(), ResultCode::kUnconnectable);
  Peer endless(
      {{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n\r\n"), Peer::send_forever(std::string(65536, 'x'))}});
  auto large = run_against(endless.port());
  EXPECT_EQ(large->code(), ResultCode::kFail);
  EXPECT_THAT(large->message(), HasSubstr("more than 4.00 MiB"));
}

TEST_F(HttpProbeTest, verifies_certificates_unless_told_not_to) {
  auto self_signed = testing::make_certificate({});
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")}, {.tls = &self_signed});
  auto shot = run_against(peer.port(), {{"ssl", "true"}});
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("self-signed certificate"));
  EXPECT_EQ(run_against(peer.port(), {{"ssl", "true"}, {"verifyTls", "false"}})->code(), ResultCode::kSuccess);
}

TEST_F(HttpProbeTest, fails_without_asking_when_there_is_no_parse_type) {
  auto shot = run_against(testing::unused_port(), {{"parseType", ""}});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("cannot read answers: 'parseType' is missing; there are default, jsonPath"));
}

TEST_F(HttpProbeTest, reads_an_unknown_parse_type_like_default) {
  aliases_ = {"a"};
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}")});
  auto shot = run_against(peer.port(), {{"parseType", "Website"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().text(shot->table().at(0, 0)), "1");
}

TEST_F(HttpProbeTest, refuses_a_script_that_is_wrong_when_it_is_compiled) {
  for (auto [type, script] : {std::pair("jsonPath", "$.["), {"xmlPath", "//*"}, {"regex", "("}, {"csv", ";;"}}) {
    auto probe = compile({{"host", "h"}, {"parseType", type}, {"parseScript", script}});
    ASSERT_FALSE(probe) << type;
    EXPECT_EQ(probe.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(probe.error().message(), ::testing::StartsWith("cannot "));
  }
}

TEST_F(HttpProbeTest, counts_a_wrong_keyword_as_none) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n(")});
  auto shot = run_against(peer.port(), {{"keyword", "("}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().at(0, 2).integer, 0);
}

TEST_F(HttpProbeTest, fails_on_an_illegal_url) {
  auto shot = run_against(80, {{"url", "/a b"}, {"enableUrlEncoding", "false"}});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("cannot fetch '"));
}

TEST_F(HttpProbeTest, keeps_a_monitor_small) {
  auto first = compile({{"host", "www.other.example"}, {"url", "/status"}, {"parseType", "website"}}).value();
  auto probe = compile({{"host", "www.site.example"}, {"url", "/status"}, {"parseType", "website"}}).value();
  EXPECT_LT(probe->bytes(), 1500);  // the second shares the reader of the first
  EXPECT_EQ(probe->target(), "www.site.example:80");
  EXPECT_EQ(probe->timeout(), milliseconds(6000));
}

TEST_F(HttpProbeTest, watches_a_real_server_over_http_and_https) {
  auto certificate = testing::make_certificate({});
  testing::Nginx nginx("location = /json { return 200 '{\"load\": 0.5}'; }", certificate.certificate, certificate.key);
  ASSERT_TRUE(nginx.running()) << "nginx did not start: tools/setup.sh installs it";
  nginx.put("index.html", "welcome");
  auto shot = run_against(nginx.http_port(), {{"keyword", "welcome"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().at(0, 2).integer, 1);
  aliases_ = {"Server", "content-type"};
  shot = run_against(nginx.https_port(), {{"ssl", "true"}, {"verifyTls", "false"}, {"parseType", "header"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(std::string(shot->table().text(shot->table().at(0, 0))), HasSubstr("nginx"));
  aliases_ = {"load"};
  shot = run_against(nginx.http_port(), {{"url", "/json"}, {"parseType", "default"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().text(shot->table().at(0, 0)), "0.5");
}

}  // namespace
}  // namespace holter::collect
