#include "api/request_parser.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::api {
namespace {

class RequestParserTest : public ::testing::Test {
 protected:
  /// What becomes of bytes that come in pieces of this size: "GET /x" and what
  /// it brings, a problem, or "unfinished".
  std::string read(std::string_view bytes, std::size_t piece) {
    RequestParser parser(options_);
    Body content(account_);
    std::string heard;
    for (rest_ = bytes; !parser.done();) {
      auto taken = parser.header_done() ? parser.take_body(heard, content) : parser.take_header(heard);
      heard.erase(0, taken.bytes);
      if (taken.problem) return fmt::format("{}: {}", taken.problem->status, taken.problem->detail);
      if (!taken.needs_more || parser.done()) continue;
      if (rest_.empty()) return "unfinished";
      heard += rest_.substr(0, piece);
      rest_.remove_prefix(std::min(piece, rest_.size()));
    }
    left_ = heard;
    auto head = parser.head(content);
    return fmt::format("{} {} {}", head.method, head.target, head.body);
  }
  /// The same in pieces of every size.
  std::string read(std::string_view bytes) {
    auto whole = read(bytes, bytes.size());
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) EXPECT_EQ(read(bytes, piece), whole) << piece;
    return whole;
  }

  ServerOptions options_{.max_header_bytes = 1024, .max_body_bytes = 100, .max_content_bytes = 20};
  memory::Account account_{"bodies", nullptr, 1 << 20};
  std::string_view rest_;
  std::string left_;
};

constexpr std::string_view kHost = "Host: a\r\n";

TEST_F(RequestParserTest, takes_requests_whole_and_in_pieces) {
  EXPECT_EQ(read(fmt::format("GET /x?y=1 HTTP/1.1\r\n{}\r\n", kHost)), "GET /x?y=1 ");
  EXPECT_EQ(read(fmt::format("PUT /x HTTP/1.1\r\n{}Content-Length: 5\r\n\r\nhello", kHost)), "PUT /x hello");
  EXPECT_EQ(read(fmt::format("POST /x HTTP/1.1\r\n{}Transfer-Encoding: "
                             "Chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nT: "
                             "1\r\n\r\n",
                             kHost)),
            "POST /x hello");
  EXPECT_EQ(read(fmt::format("GET /x HTTP/1.1\r\n{}Content-Length: 5\r\n\r\nhello", kHost)), "GET /x ")
      << "nobody reads what a GET brings";
  EXPECT_EQ(read(fmt::format("GET /x HTTP/1.1\r\n{}", kHost)), "unfinished");
  EXPECT_EQ(read(fmt::format("PUT /x HTTP/1.1\r\n{}Content-Length: 5\r\n\r\nhell", kHost)), "unfinished");
}

TEST_F(RequestParserTest, leaves_what_comes_behind_a_request) {
  read(fmt::format("PUT /x HTTP/1.1\r\n{}Content-Length: 2\r\n\r\nokGET /", kHost), 1000);
  EXPECT_EQ(left_, "GET /");
}

TEST_F(RequestParserTest, refuses_what_two_servers_could_read_differently) {
  for (auto field : std::initializer_list<std::string_view>{"Content-Length: 3\r\nTransfer-Encoding: chunked",
                                                            "Transfer-Encoding: chunked\r\nContent-Length: 3",
                                                            "Content-Length: 3\r\nContent-Length: 4",
                                                            "Content-Length: 3, 4",
                                                            "Content-Length: -1",
                                                            "Content-Length: +1",
                                                            "Content-Length: 0x3",
                                                            "Content-Length: 3 3",
                                                            "Content-Length:",
                                                            "Content-Length: 99999999999999999999999",
                                                            "Transfer-Encoding: gzip",
                                                            "Transfer-Encoding: gzip, chunked",
                                                            "Transfer-Encoding: chunked, gzip",
                                                            "Transfer-Encoding: chunked, chunked",
                                                            "Transfer-Encoding: identity",
                                                            "Transfer-Encoding:",
                                                            "Transfer-Encoding: xchunked",
                                                            "Transfer-Encoding: \"chunked\"",
                                                            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                                                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
                                                            "X: a\r\n b",
                                                            "X: a\r\n\tb",
                                                            "X:\r\n b",
                                                            "Content-Length:\r\n 3",
                                                            "X : a",
                                                            "X\t: a",
                                                            ": a",
                                                            "X",
                                                            "X\n: a",
                                                            "X: a\rb",
                                                            "X: a\nContent-Length: 3",
                                                            std::string_view("X: a\0b", 6),
                                                            "X\x80: a"}) {
    auto bytes = fmt::format("GET /x HTTP/1.1\r\n{}{}\r\n\r\n0\r\n\r\nabc\r\n\r\n", kHost, field);
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      auto verdict = read(bytes, piece);
      EXPECT_TRUE(verdict.starts_with("400: cannot read the request: ")) << field << piece << verdict;
    }
  }
}

TEST_F(RequestParserTest, refuses_request_lines_and_chunks_that_are_none) {
  for (std::string_view bytes :
       {"GET  /x HTTP/1.1\r\n\r\n", "GET /x HTTP/2.0\r\n\r\n", "GET /x\r\n\r\n", " GET /x HTTP/1.1\r\n\r\n",
        "GET /x HTTP/1.1 \r\n\r\n", "GET /x\x01 HTTP/1.1\r\n\r\n", "G(T /x HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n10000000000000000\r\nab\r\n0\r\n\r\n"}) {
    EXPECT_TRUE(read(bytes, bytes.size()).starts_with("400: cannot read the request: ")) << bytes;
    EXPECT_TRUE(read(bytes, 1).starts_with("400: ")) << bytes;
  }
}

TEST_F(RequestParserTest, does_not_take_a_line_feed_for_the_end_of_a_line) {
  for (std::string_view bytes : {"GET /x HTTP/1.1\nHost: a\n\n", "GET /x HTTP/1.1\r\nHost: a\n\n",
                                 "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"})
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      auto verdict = read(bytes, piece);
      EXPECT_TRUE(verdict == "unfinished" || verdict.starts_with("400: ")) << bytes << piece << verdict;
    }
}

TEST_F(RequestParserTest, of_http_1_0_knows_no_chunks) {
  auto verdict = read("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(verdict.starts_with("400: ")) << verdict;
}

TEST_F(RequestParserTest, holds_header_body_and_content_to_their_limits) {
  for (std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{4000}}) {
    auto header = "GET /x HTTP/1.1\r\nX: " + std::string(1100, 'a') + "\r\n\r\n";
    EXPECT_EQ(read(header, piece), "431: cannot read a header of more than 1024 bytes") << piece;
    std::string fields = "GET /x HTTP/1.1\r\n";
    for (int i = 0; i < 200; ++i) fields += "X: yyyy\r\n";
    EXPECT_EQ(read(fields + "\r\n", piece), "431: cannot read a header of more than 1024 bytes") << piece;
    EXPECT_EQ(read("GET / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", piece),
              "413: cannot take a body of more than 100 bytes");
    EXPECT_EQ(read("PUT / HTTP/1.1\r\nContent-Length: 21\r\n\r\n", piece),
              "413: cannot take a body of more than 20 bytes");
    EXPECT_EQ(read("PUT / HTTP/1.1\r\nTransfer-Encoding: "
                   "chunked\r\n\r\nb\r\n12345678901\r\na\r\n1234567890\r\n",
                   piece),
              "413: cannot take a body of more than 20 bytes");
  }
}

TEST_F(RequestParserTest, lets_an_import_be_longer_than_all_else) {
  std::string much(5000, 'x');
  for (std::size_t piece : {std::size_t{100}, std::size_t{4000}}) {
    auto whole = read("POST /api/v1/monitors/import HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + much, piece);
    EXPECT_FALSE(whole.starts_with("4")) << whole;
    EXPECT_NE(whole, "unfinished");
    EXPECT_EQ(read("POST /api/v1/monitors/import HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + much +
                       "\r\n0\r\n\r\n",
                   piece),
              whole);
    EXPECT_EQ(read("POST /api/v1/monitors/import HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", piece),
              "413: cannot take a body of more than 16777216 bytes");
  }
}

TEST_F(RequestParserTest, of_content_without_memory_says_so) {
  memory::Account none("bodies", nullptr, 4);
  RequestParser parser(options_);
  Body content(none);
  std::string header = "PUT / HTTP/1.1\r\nContent-Length: 20\r\n\r\n";
  EXPECT_EQ(parser.take_header(header).bytes, header.size());
  auto taken = parser.take_body("12345678901234567890", content);
  ASSERT_TRUE(taken.problem);
  EXPECT_EQ(taken.problem->status, 503u);
  EXPECT_EQ(taken.problem->retry_after_seconds, 5u);
}

TEST_F(RequestParserTest, gives_what_decides_on_an_answer) {
  RequestParser parser(options_);
  std::string bytes =
      "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nOrigin: c\r\nAccept: "
      "d\r\nAccept-Encoding: gzip\r\nIf-None-Match: "
      "\"e\"\r\nContent-Type: f\r\nLast-Event-ID: 7\r\nSec-Fetch-Site: "
      "g\r\nConnection: close\r\nExpect: "
      "100-continue\r\nContent-Length: 1\r\n\r\n";
  EXPECT_FALSE(parser.take_header(bytes).problem);
  EXPECT_TRUE(parser.wants_continue());
  EXPECT_FALSE(parser.keep_alive());
  auto head = parser.head(Body(account_));
  EXPECT_EQ(head.hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(head.origins, std::vector<std::string>{"c"});
  EXPECT_EQ(head.accept, "d");
  EXPECT_TRUE(head.accepts_gzip);
  EXPECT_EQ(head.if_none_match, "\"e\"");
  EXPECT_EQ(head.content_type, "f");
  EXPECT_EQ(head.last_event_id, "7");
  EXPECT_EQ(head.fetch_site, "g");
  EXPECT_FALSE(head.http_1_0);
}

}  // namespace
}  // namespace holter::api
