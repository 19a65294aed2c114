#include "collect/protocols/http/sitemap.h"

#include "collect/protocols/http/test_probe.h"

namespace holter::collect::http {
namespace {

using model::ResultCode;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Peer = testing::ScriptedPeer;

class HttpSitemapTest : public HttpProbeTest {
 protected:
  HttpSitemapTest() { aliases_ = {"url", "statusCode", "responseTime", "errorMsg"}; }
  static std::string map_of(const std::vector<std::string>& urls) {
    std::string body = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">";
    for (const auto& url : urls) body += "<url><loc> " + url + " </loc></url>";
    return body + "</urlset>";
  }
};

TEST_F(HttpSitemapTest, asks_each_address_in_turn) {
  Peer page({answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
             answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")});
  auto nobody = fmt::format("http://127.0.0.1:{}/", testing::unused_port());
  auto body = map_of({page.url("/a"), "http://nobody.example/", nobody, page.url("/b")});
  Peer peer({answer(ok(body))});
  auto shot = run_against(peer.port(), {{"parseType", "sitemap"}, {"authorization", ""}, {"headers", ""}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->message(), "");
  ASSERT_EQ(shot->table().rows(), 4);
  auto first = row(*shot, 0);
  EXPECT_EQ(first[0], page.url("/a"));
  EXPECT_EQ(first[1], "200");
  EXPECT_GT(std::stod(first[2]), 0);
  EXPECT_EQ(first[3], "");
  EXPECT_EQ(row(*shot, 1)[1], "-");
  EXPECT_EQ(row(*shot, 1)[3], "unknown host");
  EXPECT_THAT(row(*shot, 2)[3], StartsWith("connect error: "));
  EXPECT_THAT(page.received(), HasSubstr("User-Agent: Holter/"));
}

TEST_F(HttpSitemapTest, says_what_it_did_not_come_to_before_the_deadline) {
  Peer page({answer(ok("x")), {Peer::stall()}});
  Peer peer({answer(ok(map_of(
      {page.url("/a"), "http://127.0.0.1:1" + std::string(3000, 'x'), "http://127.0.0.1:1/", "file:///etc/passwd"})))});
  auto shot = run_against(peer.port(), {{"parseType", "sitemap"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 3);
  EXPECT_EQ(shot->message(), "asked 3 of 4 addresses: at most 1000 are asked, none longer than 2048 bytes");
  EXPECT_THAT(row(*shot, 2)[3], HasSubstr("only http and https are allowed"));

  Peer silent({{Peer::stall()}});
  Peer second({answer(ok(map_of({page.url("/a"), silent.url("/"), page.url("/c")})))});
  Peer quick({answer(ok("x"))});
  Peer third({answer(ok(map_of({quick.url("/a"), silent.url("/"), quick.url("/c")})))});
  auto late = run_against(third.port(), {{"parseType", "sitemap"}, {"timeout", "400"}});
  ASSERT_EQ(late->code(), ResultCode::kSuccess) << late->message();
  EXPECT_EQ(late->table().rows(), 1);
  EXPECT_EQ(late->message(), "asked 1 of 3 addresses: the deadline came first");
}

TEST_F(HttpSitemapTest, fails_on_what_is_no_sitemap) {
  Peer peer({answer(ok("not a map"))});
  auto shot = run_against(peer.port(), {{"parseType", "sitemap"}});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), StartsWith("cannot "));
}

TEST_F(HttpSitemapTest, holds_no_page_in_memory) {
  Peer page({answer(ok(std::string(8 << 20, 'x')))});
  Peer peer({answer(ok(map_of({page.url("/large")})))});
  auto shot = run_against(peer.port(), {{"parseType", "sitemap"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0)[1], "200") << row(*shot, 0)[3];
  EXPECT_LT(account_.peak(), 2 << 20);
}

}  // namespace
}  // namespace holter::collect::http
