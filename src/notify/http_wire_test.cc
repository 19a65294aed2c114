#include "notify/http_wire.h"

#include "testing/http_test_base.h"

namespace holter::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Peer = testing::ScriptedPeer;

class HttpWireTest : public net::HttpTest {
 protected:
  Result<HttpAnswer> call(HttpCall call) { return testing::run_task(context_, wire_->http(std::move(call))); }
  void SetUp() override { wire_.emplace(*client_, *mailer_, context_.get_executor(), clock_, account_); }
  void TearDown() override {
    mailer_.reset();
    net::HttpTest::TearDown();
  }
  std::unique_ptr<net::Mailer> mailer_ =
      std::make_unique<net::Mailer>(context_.get_executor(), clock_, resolver_, account_);
  std::optional<HttpWire> wire_;
};

TEST_F(HttpWireTest, sends_what_a_channel_asks) {
  Peer peer({answer("HTTP/1.1 202 Accepted\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\nok")});
  auto got = call({.method = "POST",
                   .url = peer.url("/hook"),
                   .headers = {{"Content-Type", "application/json"}},
                   .body = "{}",
                   .user = "ann",
                   .password = "secret"});
  ASSERT_TRUE(got.has_value()) << got.error().message();
  EXPECT_EQ(got->status, 202);
  EXPECT_EQ(got->body, "ok");
  EXPECT_THAT(got->headers, ::testing::Contains(::testing::Pair("X-Id", "7")));
  EXPECT_THAT(peer.received(), HasSubstr("POST /hook HTTP/1.1\r\n"));
  EXPECT_THAT(peer.received(), HasSubstr("Authorization: Basic YW5uOnNlY3JldA==\r\n"));
}

TEST_F(HttpWireTest, follows_no_redirect) {
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")});
  auto got = call({.method = "GET", .url = peer.url("/"), .headers = {}, .body = {}, .user = {}, .password = {}});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->status, 302);
  EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpWireTest, keeps_64_kib_of_an_answer) {
  Peer peer({answer("HTTP/1.1 500 No\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'))});
  auto got = call({.url = peer.url("/"), .headers = {}, .body = {}, .user = {}, .password = {}});
  ASSERT_TRUE(got.has_value()) << got.error().message();
  EXPECT_EQ(got->status, 500);
  EXPECT_EQ(got->body.size(), 64 * 1024);
}

TEST_F(HttpWireTest, errors_show_no_path_of_a_url) {
  auto port = std::to_string(testing::unused_port());
  auto secret = "/bot123:SECRET/send?key=" + std::string(300, 'k');
  auto got = call({.url = "http://127.0.0.1:" + port + secret, .headers = {}, .body = {}, .user = {}, .password = {}});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(got.error().message(), HasSubstr("http://127.0.0.1:" + port));
  EXPECT_THAT(got.error().message(), Not(HasSubstr("SECRET")));
  EXPECT_THAT(got.error().message(), Not(HasSubstr("kkk")));
}

TEST_F(HttpWireTest, reaches_no_forbidden_address) {
  auto got = call({.url = "http://169.254.169.254/latest", .headers = {}, .body = {}, .user = {}, .password = {}});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(got.error().message(), HasSubstr("(network.forbidden)"));
}

TEST_F(HttpWireTest, runs_commands) {
  auto got = testing::run_task(context_,
                               wire_->command({.arguments = {"/bin/echo", "hello"}, .input = {}, .environment = {}}));
  ASSERT_TRUE(got.has_value()) << got.error().message();
  EXPECT_EQ(got->output, "hello\n");
}

TEST(TokenCache, keeps_a_token_until_its_end) {
  TokenCache cache;
  WallTime now{seconds(1000)};
  cache.put("a", "1", now + seconds(10));
  EXPECT_EQ(cache.find("a", now), "1");
  EXPECT_EQ(cache.find("a", now + seconds(10)), std::nullopt);
  cache.put("a", "2", now + seconds(20));
  EXPECT_EQ(cache.find("a", now + seconds(10)), "2");
  cache.forget("a");
  EXPECT_EQ(cache.find("a", now), std::nullopt);
}

TEST(TokenCache, is_bounded_and_drops_the_one_that_ends_first) {
  TokenCache cache;
  WallTime now{seconds(1000)};
  for (int i = 0; i < 300; ++i) cache.put(std::to_string(i), "v", now + seconds(1000 - i));
  EXPECT_EQ(cache.size(), TokenCache::kMost);
  EXPECT_TRUE(cache.find("0", now).has_value());
  EXPECT_FALSE(cache.find("299", now).has_value()) << "it ends before all others";
  cache.put("0", std::string(10'000, 'x'), now + seconds(10));
  EXPECT_FALSE(cache.find("0", now).has_value()) << "too long: the old one is not valid any more, either";
}

TEST(Origin, has_no_path) {
  EXPECT_EQ(origin_of("https://h.example:8443/a/b?c"), "https://h.example:8443");
  EXPECT_EQ(origin_of("http://h.example?x"), "http://h.example");
  EXPECT_EQ(origin_of("nonsense"), "");
}

}  // namespace
}  // namespace holter::notify
