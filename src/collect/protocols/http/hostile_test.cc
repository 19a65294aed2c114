// Answers that mean harm, or none at all: what they lead to, and that it costs bounded memory.
#include "collect/protocols/http/test_probe.h"
#include "testing/certificates.h"

namespace holter::collect::http {
namespace {

using model::ResultCode;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class HttpHostileTest : public HttpProbeTest {
 protected:
  static constexpr std::size_t kMostHeld = 56 << 20;  // a body of 4 MiB, an XML document of 48 MiB, a connection

  HttpHostileTest() { aliases_ = {"a"}; }

  /// Runs a check of JSON (or `more`) against the script, and says how it ended.
  void expect(const Peer::Script& script, ResultCode code, const std::string& part, Entries more = {}) {
    Peer peer({script});
    if (more.empty()) more = {{"parseType", "jsonPath"}};
    auto shot = run_against(peer.port(), std::move(more));
    EXPECT_EQ(shot->code(), code) << shot->message();
    EXPECT_THAT(shot->message(), HasSubstr(part));
    EXPECT_LT(shot->message().size(), 600);
    if (code != ResultCode::kSuccess)
      EXPECT_THAT(shot->message(), AnyOf(::testing::StartsWith("cannot "), HasSubstr("StatusCode")));
    EXPECT_LT(account_.peak(), kMostHeld);
  }
  static std::string chunked(std::string_view headers = "") {
    return fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{}\r\n", headers);
  }
};

TEST_F(HttpHostileTest, a_line_of_10_mib) {
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n\r\n" + std::string(10 << 20, 'x'))},
         ResultCode::kFail, "more than 4.00 MiB");
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n\r\nup{a=\"" + std::string(3 << 20, 'x'))},
         ResultCode::kFail, "1.00 MiB", {{"parseType", "prometheus"}});
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n\r\na,b\n" + std::string(3 << 20, 'x'))},
         ResultCode::kFail, "1.00 MiB", {{"parseType", "csv"}});
}

TEST_F(HttpHostileTest, a_million_nested_arrays) {
  expect(answer(ok(std::string(1'000'000, '['))), ResultCode::kFail, "deep");
  expect(answer(ok(std::string(1'000'000, '['))), ResultCode::kFail, "deep", {{"parseType", "default"}});
  expect(answer(ok(std::string(1'000'000, '['))), ResultCode::kFail, "", {{"parseType", "PromQL"}});
}

TEST_F(HttpHostileTest, a_million_nested_elements) {
  std::string body;
  for (int i = 0; i < 1'000'000; ++i) body += "<a>";
  expect(answer(ok(body)), ResultCode::kFail, "", {{"parseType", "xmlPath"}, {"parseScript", "//b"}});
  expect(answer(ok(body)), ResultCode::kFail, "", {{"parseType", "sitemap"}});
}

TEST_F(HttpHostileTest, bytes_that_are_no_utf_8_and_nul_bytes) {
  Peer json({answer(ok("{\"a\":\"\xff\xfe\"}"))});
  EXPECT_EQ(row(*run_against(json.port(), {{"parseType", "jsonPath"}}), 0), (Row{"\xEF\xBF\xBD\xEF\xBF\xBD"}));
  expect(answer(ok(std::string("{\"a\":\"\0\"}", 9))), ResultCode::kFail, "");
  expect(answer(ok(std::string("up{a=\"\xff\0\"} 1\n", 13))), ResultCode::kSuccess, "", {{"parseType", "prometheus"}});
  expect(answer(ok(std::string("a\n\xff\0x\n", 6))), ResultCode::kSuccess, "", {{"parseType", "csv"}});
  Peer peer({answer("HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\n\xff\x01" + std::string(1, '\0') + "ok")});
  auto shot = run_against(peer.port());
  EXPECT_EQ(shot->message(), "StatusCode 500: \xEF\xBF\xBD\\x01 ok");
}

TEST_F(HttpHostileTest, an_xml_bomb) {
  expect(answer(ok("<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><l>&b;</l>")), ResultCode::kFail,
         "document type", {{"parseType", "xmlPath"}, {"parseScript", "/l"}});
  expect(answer(ok("<!DOCTYPE l SYSTEM 'file:///etc/passwd'><urlset/>")), ResultCode::kFail, "document type",
         {{"parseType", "sitemap"}});
}

TEST_F(HttpHostileTest, a_content_length_that_is_wrong) {
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), Peer::close()},
         ResultCode::kUnconnectable, "");
  expect(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}trailing"), ResultCode::kSuccess, "");
  expect(answer("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"), ResultCode::kUnconnectable, "");
}

TEST_F(HttpHostileTest, chunks_for_ever) {
  expect({Peer::expect("\r\n\r\n"), Peer::send(chunked()),
          Peer::send_forever("1000\r\n" + std::string(4096, 'x') + "\r\n")},
         ResultCode::kFail, "more than 4.00 MiB");
  expect({Peer::expect("\r\n\r\n"), Peer::send(chunked()),
          Peer::send_forever("1000\r\n" + std::string(4096, 'x') + "\r\n")},
         ResultCode::kFail, "more than 4.00 MiB", {{"parseType", "website"}});
}

TEST_F(HttpHostileTest, headers_for_ever) {
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n"), Peer::send_forever("X-A: b\r\n")},
         ResultCode::kUnconnectable, "header");
  expect({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nX: "), Peer::send_forever(std::string(4096, 'x'))},
         ResultCode::kUnconnectable, "");
}

TEST_F(HttpHostileTest, interim_answers_for_ever) {
  expect({Peer::expect("\r\n\r\n"), Peer::send_forever("HTTP/1.1 102 Processing\r\n\r\n")}, ResultCode::kUnconnectable,
         "");
}

TEST_F(HttpHostileTest, a_loop_of_redirects) {
  expect(answer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
         ResultCode::kUnconnectable, "more than 10 redirects");
}

TEST_F(HttpHostileTest, http_0_9) {
  expect(answer("<html>hello</html>"), ResultCode::kUnconnectable, "");
}

TEST_F(HttpHostileTest, tls_on_a_plain_port_and_the_reverse) {
  auto certificate = testing::make_certificate({});
  Peer tls({answer(ok("{}"))}, {.tls = &certificate});
  auto plain_to_tls = run_against(tls.port(), {{"timeout", "1000"}});
  EXPECT_EQ(plain_to_tls->code(), ResultCode::kUnconnectable) << plain_to_tls->message();
  Peer plain({{Peer::expect("\x16"), Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n")}});
  auto tls_to_plain = run_against(plain.port(), {{"ssl", "true"}});
  EXPECT_EQ(tls_to_plain->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(tls_to_plain->message(), HasSubstr("TLS handshake failed"));
}

TEST_F(HttpHostileTest, our_own_want_of_memory_is_not_the_targets_fault) {
  Peer peer({answer(ok("[" + std::string(100'000, ' ') + "]"))});
  auto probe =
      compile({{"host", "127.0.0.1"}, {"port", std::to_string(peer.port())}, {"parseType", "default"}}).value();
  account_.set_limit(120'000);
  auto shot = run(*probe, 1);
  EXPECT_EQ(shot->code(), ResultCode::kUnavailable) << shot->message();
  account_.set_limit(64 << 20);
}

TEST_F(HttpHostileTest, a_document_that_becomes_large_is) {
  std::string body = "[";
  for (int i = 0; i < 1'000'000; ++i) body += "[],";
  expect(answer(ok(body + "1]")), ResultCode::kFail, "16.0 MiB",
         {{"parseType", "jsonPath"}, {"parseScript", "$..[-1:]"}});
}

TEST_F(HttpHostileTest, more_cells_than_a_table_takes) {
  aliases_.assign(2000, "a");
  std::string body = "a\n";
  for (int i = 0; i < 2000; ++i) body += "1\n";
  expect(answer(ok(body)), ResultCode::kFail, "more than 1048576 cells", {{"parseType", "csv"}});
}

}  // namespace
}  // namespace holter::collect::http
