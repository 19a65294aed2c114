#include "net/http.h"

#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include <fmt/format.h>

#include "runtime/task_scope.h"
#include "testing/gzip.h"
#include "testing/http_test_base.h"

namespace holter::net {
namespace {

using testing::gzip;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedPeer;
using testing::soon;
using ::testing::StartsWith;
using Peer = ScriptedPeer;

std::string ok(const std::string& body, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), headers, body);
}

TEST_F(HttpTest, gives_status_headers_and_body) {
  Peer peer({answer(ok("hello", "X-One:  a \r\nx-one: b\r\nEmpty:\r\n"))});
  auto response = get(peer.url("/path?q=1"));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->http_version, "1.1");
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->primary_ip, "127.0.0.1");
  EXPECT_EQ(response->effective_url, peer.url("/path?q=1"));
  EXPECT_EQ(response->certificate_expires_s, 0);
  ASSERT_EQ(response->headers.size(), 4);
  EXPECT_EQ(response->headers[1], std::pair(std::string("X-One"), std::string("a")));
  EXPECT_EQ(response->headers[3].second, "");
  EXPECT_GE(response->reserved.bytes(), 5);
  EXPECT_LE(response->resolved, response->connected);
  EXPECT_LE(response->connected, response->first_byte);
  EXPECT_LE(response->first_byte, response->total);
  EXPECT_THAT(peer.received(), StartsWith("GET /path?q=1 HTTP/1.1\r\n"));
}

TEST_F(HttpTest, sends_method_headers_and_body) {
  Peer peer({{Peer::expect("payload!"), Peer::send(ok(""))}});
  auto response = fetch({.method = "PUT",
                         .url = peer.url(),
                         .headers = {{"X-A", "1"}, {"X-Empty", ""}, {"Content-Type", "text/plain"}},
                         .body = "payload!"});
  ASSERT_TRUE(response) << response.error().message();
  auto sent = peer.received();
  EXPECT_THAT(sent, StartsWith("PUT / HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-A: 1\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(sent, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(sent, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Expect:")));
}

TEST_F(HttpTest, sends_a_length_with_an_empty_post_and_no_made_up_type) {
  Peer peer({answer(ok(""))});
  ASSERT_TRUE(fetch({.method = "POST", .url = peer.url()}));
  EXPECT_THAT(peer.received(), HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("Content-Type")));
}

TEST_F(HttpTest, reads_nothing_after_head_and_204) {
  Peer head({answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")});
  auto response = fetch({.method = "HEAD", .url = head.url()});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "");
  Peer none({answer("HTTP/1.1 204 No Content\r\n\r\n")});
  response = get(none.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 204);
}

TEST_F(HttpTest, reuses_a_connection) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send(ok("one")), Peer::expect("\r\n\r\n"), Peer::send(ok("two")),
              Peer::stall()}});
  EXPECT_EQ(get(peer.url())->body, "one");
  auto second = get(peer.url());
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->body, "two");
  EXPECT_EQ(peer.accepted(), 1);
  EXPECT_EQ(client_->stats().connections, 1);
  EXPECT_GE(account_.used(), 1);  // the connection that is kept
}

TEST_F(HttpTest, asks_again_when_a_kept_connection_was_closed_meanwhile) {
  Peer peer(
      {{Peer::expect("\r\n\r\n"), Peer::send(ok("one")), Peer::expect("\r\n\r\n"), Peer::close()}, answer(ok("two"))});
  EXPECT_EQ(get(peer.url())->body, "one");
  auto second = get(peer.url());
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->body, "two");
}

TEST_F(HttpTest, works_over_ipv6) {
  Peer peer({answer(ok("six"))}, {.v6 = true});
  auto response = get(peer.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->primary_ip, "::1");
}

TEST_F(HttpTest, says_that_a_connection_was_refused) {
  auto response = get(fmt::format("http://127.0.0.1:{}/", testing::unused_port()));
  EXPECT_TRUE(failed_with(response, ErrorCode::kUnavailable, "Connection refused"));
  EXPECT_EQ(client_->stats().failures, 1);
}

TEST_F(HttpTest, says_that_a_connection_was_reset) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::reset()}});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "reset"));
}

TEST_F(HttpTest, calls_a_close_without_an_answer_unavailable) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::close()}});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "Empty reply"));
}

TEST_F(HttpTest, ends_at_the_deadline_before_an_answer) {
  Peer peer({{Peer::stall()}});
  EXPECT_TRUE(failed_with(get(peer.url(), soon(milliseconds(50))), ErrorCode::kTimeout, "no answer in time"));
}

TEST_F(HttpTest, ends_at_the_deadline_within_a_body) {
  Peer peer({{Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Peer::stall()}});
  EXPECT_TRUE(
      failed_with(get(peer.url(), soon(milliseconds(50))), ErrorCode::kTimeout, "the answer did not end in time"));
}

TEST_F(HttpTest, refuses_an_endless_body_at_the_limit) {
  Peer peer(
      {{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n\r\n"), Peer::send_forever(std::string(4096, 'x'))}});
  auto response = fetch({.url = peer.url(), .max_body_bytes = 100'000});
  EXPECT_TRUE(failed_with(response, ErrorCode::kTooLarge, "more than 97.7 KiB"));
}

TEST_F(HttpTest, refuses_endless_chunks_at_the_limit) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
              Peer::send_forever("3\r\nabc\r\n")}});
  auto response = fetch({.url = peer.url(), .max_body_bytes = 10'000});
  EXPECT_TRUE(failed_with(response, ErrorCode::kTooLarge, "more than 9.77 KiB"));
}

TEST_F(HttpTest, refuses_a_wrong_chunk_size) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")});
  // libcurl counts it among the receive errors.
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "chunked-encoding"));
}

TEST_F(HttpTest, refuses_a_body_that_the_account_has_no_room_for) {
  account_.set_limit(200 * 1024);
  Peer peer({answer(ok(std::string(500'000, 'x')))});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kResourceExhausted, "account http is full"));
  EXPECT_LE(account_.peak(), 200 * 1024);
}

TEST_F(HttpTest, refuses_a_connection_that_the_account_has_no_room_for) {
  account_.set_limit(44 * 1024);
  Peer peer({answer(ok(""))});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kResourceExhausted, "no room for a connection"));
}

TEST_F(HttpTest, refuses_a_flood_of_headers) {
  Peer by_bytes({{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n"),
                  Peer::send_forever("X: " + std::string(3000, 'y') + "\r\n")}});
  EXPECT_TRUE(failed_with(get(by_bytes.url()), ErrorCode::kProtocolViolation, "64 KiB or 300 lines"));
  Peer by_lines({{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\n"), Peer::send_forever("X:\r\n")}});
  EXPECT_TRUE(failed_with(get(by_lines.url()), ErrorCode::kProtocolViolation, "64 KiB or 300 lines"));
}

TEST_F(HttpTest, refuses_a_header_line_without_end) {
  Peer peer(
      {{Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nX: "), Peer::send_forever(std::string(4096, 'y'))}});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "more than 100 KiB"));
  EXPECT_LE(account_.peak(), 200 * 1024);
}

TEST_F(HttpTest, refuses_endless_interim_answers) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send_forever("HTTP/1.1 100 Continue\r\n\r\n")}});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "300 lines"));
}

TEST_F(HttpTest, calls_a_body_shorter_than_its_length_unavailable) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "95 bytes remaining"));
}

TEST_F(HttpTest, ignores_bytes_behind_the_length) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nshort")});
  auto response = get(peer.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "sh");
}

TEST_F(HttpTest, refuses_a_length_that_is_no_number) {
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort")});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "Content-Length"));
}

TEST_F(HttpTest, decodes_gzip) {
  auto packed = gzip(std::string(50'000, 'z'));
  Peer peer({answer(ok(packed, "Content-Encoding: gzip\r\n"))});
  auto response = get(peer.url());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body.size(), 50'000);
}

TEST_F(HttpTest, stops_a_gzip_bomb_at_the_limit) {
  auto packed = gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(packed.size(), 100'000);
  Peer peer({answer(ok(packed, "Content-Encoding: gzip\r\n"))});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kTooLarge, "more than 1.00 MiB"));
  EXPECT_LT(account_.peak(), 3 << 20);
}

TEST_F(HttpTest, refuses_broken_gzip) {
  Peer peer({answer(ok("this is not gzip", "Content-Encoding: gzip\r\n"))});
  auto response = get(peer.url());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kProtocolViolation) << response.error().message();
}

TEST_F(HttpTest, refuses_http_0_9) {
  Peer peer({answer("hello, I am old\r\n")});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "HTTP/0.9"));
}

TEST_F(HttpTest, refuses_an_answer_of_another_protocol) {
  Peer peer({{Peer::send("SSH-2.0-OpenSSH_9.2\r\n"), Peer::stall()}});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "HTTP/0.9"));
}

TEST_F(HttpTest, refuses_urls_that_are_none) {
  for (const char* url : {"", "nonsense", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://a b/",
                          "http://127.0.0.1:99999/", "http://127.0.0.1/with space"}) {
    auto response = get(url);
    EXPECT_TRUE(failed_with(response, ErrorCode::kInvalidArgument, "cannot fetch '")) << url;
  }
  EXPECT_TRUE(failed_with(get("http://127.0.0.1/" + std::string(9000, 'x')), ErrorCode::kInvalidArgument, "8 KiB"));
}

TEST_F(HttpTest, follows_redirects_relative_and_absolute) {
  Peer target({answer(ok("there"))});
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: /two\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
             answer("HTTP/1.1 301 Moved\r\nLocation: " + target.url("/end") + "\r\nContent-Length: 0\r\n\r\n")});
  std::vector<std::string> steps;
  auto response = fetch({.url = peer.url("/one"), .on_step = [&](std::string_view s) { steps.emplace_back(s); }});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "there");
  EXPECT_EQ(response->effective_url, target.url("/end"));
  EXPECT_THAT(peer.received(), HasSubstr("GET /two HTTP/1.1"));
  EXPECT_THAT(steps, ::testing::Contains("redirected to " + peer.url("/two")));
}

TEST_F(HttpTest, gives_up_on_a_redirect_loop) {
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kProtocolViolation, "more than 10 redirects"));
  EXPECT_EQ(peer.accepted(), 11);
}

TEST_F(HttpTest, does_not_follow_after_post_or_when_told_not_to) {
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  auto post = fetch({.method = "POST", .url = peer.url()});
  ASSERT_TRUE(post) << post.error().message();
  EXPECT_EQ(post->status, 302);
  auto get = fetch({.url = peer.url(), .max_redirects = 0});
  ASSERT_TRUE(get) << get.error().message();
  EXPECT_EQ(get->status, 302);
  EXPECT_EQ(get->effective_url, peer.url());
}

TEST_F(HttpTest, refuses_a_redirect_to_a_file) {
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")});
  auto response = get(peer.url());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kProtocolViolation) << response.error().message();
}

TEST_F(HttpTest, refuses_a_redirect_to_a_forbidden_address) {
  for (const std::string& place : {std::string("http://169.254.169.254/latest/meta-data/"),
                                   std::string("http://[::ffff:a9fe:a9fe]/"), std::string("http://2852039166/"),
                                   std::string("http://0xa9.0xfe.0xa9.0xfe/"), std::string("http://inner.example/")}) {
    resolver_hosts_ = {"169.254.169.254"};
    Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: " + place + "\r\nContent-Length: 0\r\n\r\n")});
    auto response = get(peer.url());
    EXPECT_TRUE(failed_with(response, ErrorCode::kNotFound, "is forbidden (network.forbidden)")) << place;
  }
}

TEST_F(HttpTest, asks_nothing_of_a_forbidden_address_also_over_a_kept_connection) {
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send(ok("one")), Peer::expect("\r\n\r\n"), Peer::send(ok("two")),
              Peer::stall()}});
  EXPECT_EQ(get(peer.url())->body, "one");
  const std::vector<std::string> loopback{"127.0.0.0/8"};
  resolver_.policy().set(*TargetPolicy::parse(loopback, {}));
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kNotFound, "127.0.0.1 is forbidden (network.forbidden)"));
}

/// The fence within libcurl, which holds where rules change between the lookup and the connection.
TEST_F(HttpTest, opens_no_socket_to_what_is_forbidden_by_then) {
  Peer peer({answer(ok("never"))});
  const std::vector<std::string> loopback{"127.0.0.0/8"};
  auto response = fetch({.url = peer.url(), .on_step = [&](std::string_view step) {
                           if (step.starts_with("resolved")) resolver_.policy().set(*TargetPolicy::parse(loopback, {}));
                         }});
  EXPECT_TRUE(failed_with(response, ErrorCode::kNotFound, "is forbidden (network.forbidden)"));
  EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(HttpTest, keeps_credentials_to_the_origin) {
  Peer target({answer(ok("there"))});
  Peer peer({answer("HTTP/1.1 302 Found\r\nLocation: /two\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
             answer("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 0\r\n\r\n")});
  ASSERT_TRUE(fetch(
      {.url = peer.url(), .headers = {{"Authorization", "Bearer secret"}, {"Cookie", "secret"}, {"X-Mine", "kept"}}}));
  auto to_peer = peer.received();
  EXPECT_THAT(to_peer.substr(to_peer.find("GET /two")), HasSubstr("Bearer secret"));
  EXPECT_THAT(target.received(), HasSubstr("X-Mine: kept"));
  EXPECT_THAT(target.received(), Not(HasSubstr("secret")));
}

TEST_F(HttpTest, logs_in_with_basic_and_digest) {
  Peer basic({answer(ok("in"))});
  ASSERT_TRUE(fetch({.url = basic.url(), .auth = HttpRequest::Auth::kBasic, .user = "me", .password = "pw"}));
  EXPECT_THAT(basic.received(), HasSubstr("Authorization: Basic bWU6cHc=\r\n"));
  Peer digest({{Peer::expect("\r\n\r\n"),
                Peer::send("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"abc\", qop=\"auth\"\r\n"
                           "X-Old: 1\r\nContent-Length: 4\r\n\r\nnope"),
                Peer::expect("\r\n\r\n"), Peer::send(ok("in"))}});
  auto response = fetch({.url = digest.url(), .auth = HttpRequest::Auth::kDigest, .user = "me", .password = "pw"});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "in");
  EXPECT_EQ(response->headers.size(), 1);
  EXPECT_THAT(digest.received(), HasSubstr("Authorization: Digest username=\"me\""));
}

TEST_F(HttpTest, tries_the_next_address_of_a_host) {
  Peer peer({answer(ok("six"))}, {.v6 = true});
  // The name has an IPv4 address, where nobody listens, before the IPv6 one: as the resolver orders them.
  std::vector<std::string> steps;
  resolver_hosts_ = {"127.0.0.1", "::1"};
  auto response = fetch({.url = fmt::format("http://two.example:{}/", peer.port()),
                         .on_step = [&](std::string_view s) { steps.emplace_back(s); }});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->primary_ip, "::1");
  EXPECT_THAT(steps, ::testing::Contains(HasSubstr("no connection to 127.0.0.1 (Connection refused), trying ::1")));
}

TEST_F(HttpTest, names_an_unknown_host) {
  auto response = get("http://nobody.example/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(response.error().message(), "unknown host: nobody.example");
}

boost::asio::awaitable<void> keep(HttpClient* client, HttpRequest request, MonoTime deadline,
                                  std::optional<Result<HttpResponse>>* out) {
  out->emplace(co_await client->fetch(std::move(request), deadline));
}

TEST_F(HttpTest, lets_transfers_wait_when_all_connections_are_busy) {
  use({.max_connections = 2, .max_per_host = 2});
  Peer slow({{Peer::expect("\r\n\r\n"), Peer::stall()}});
  Peer quick({answer(ok("done", "Connection: close\r\n"))});
  std::optional<Result<HttpResponse>> stalled[2];
  std::vector<std::optional<Result<HttpResponse>>> waiting(5);
  runtime::TaskScope scope(context_.get_executor());
  for (auto& out : stalled) scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(milliseconds(100)), &out));
  for (auto& out : waiting) scope.spawn(keep(client_.get(), {.url = quick.url()}, soon(), &out));
  ASSERT_TRUE(testing::run_until(context_, [&] { return client_->stats().waiting == 5; }));
  EXPECT_EQ(client_->stats().in_flight, 2);
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  for (auto& out : stalled) EXPECT_FALSE(*out);
  for (auto& out : waiting) EXPECT_EQ((*out)->body, "done");
  EXPECT_EQ(client_->stats().in_flight, 0);
}

TEST_F(HttpTest, says_that_all_connections_were_busy) {
  use({.max_connections = 1, .max_per_host = 1});
  Peer slow({{Peer::expect("\r\n\r\n"), Peer::stall()}});
  std::optional<Result<HttpResponse>> first, second;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(milliseconds(200)), &first));
  scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(milliseconds(50)), &second));
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  EXPECT_TRUE(failed_with(*second, ErrorCode::kTimeout, "all connections were busy"));
}

TEST_F(HttpTest, ends_with_cancelled_when_its_task_is_cancelled) {
  Peer slow({{Peer::expect("\r\n\r\n"), Peer::stall()}});
  std::optional<Result<HttpResponse>> result;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(), &result));
  ASSERT_TRUE(testing::run_until(context_, [&] { return slow.received().ends_with("\r\n\r\n"); }));
  scope.cancel();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  EXPECT_TRUE(failed_with(*result, ErrorCode::kCancelled, "cancelled"));
}

TEST_F(HttpTest, ends_transfers_with_cancelled_when_destroyed) {
  use({.max_connections = 1, .max_per_host = 1});
  Peer slow({{Peer::expect("\r\n\r\n"), Peer::stall()}});
  std::optional<Result<HttpResponse>> running, waiting;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(), &running));
  scope.spawn(keep(client_.get(), {.url = slow.url()}, soon(), &waiting));
  ASSERT_TRUE(testing::run_until(context_, [&] { return slow.received().ends_with("\r\n\r\n"); }));
  client_.reset();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  EXPECT_TRUE(failed_with(*running, ErrorCode::kCancelled, "shutting down"));
  EXPECT_TRUE(failed_with(*waiting, ErrorCode::kCancelled, ""));
}

TEST_F(HttpTest, tells_each_step) {
  Peer peer({answer(ok("hello"))});
  std::vector<std::string> steps;
  ASSERT_TRUE(fetch({.url = peer.url(), .on_step = [&](std::string_view s) { steps.emplace_back(s); }}));
  ASSERT_EQ(steps.size(), 5) << ::testing::PrintToString(steps);
  EXPECT_EQ(steps[0], "resolved 127.0.0.1 to 127.0.0.1");
  EXPECT_THAT(steps[1], StartsWith("connected to 127.0.0.1 after "));
  EXPECT_EQ(steps[2], "sending the request: GET");
  EXPECT_EQ(steps[3], "answer: HTTP/1.1 200 OK");
  EXPECT_THAT(steps[4], StartsWith("body of 5 bytes, first byte after "));
}

TEST_F(HttpTest, runs_hundreds_of_transfers_at_once) {
  use({.max_connections = 50, .max_per_host = 50});
  Peer peer({answer(ok("x", "Connection: close\r\n"))});
  std::vector<std::optional<Result<HttpResponse>>> results(300);
  runtime::TaskScope scope(context_.get_executor());
  for (auto& out : results) scope.spawn(keep(client_.get(), {.url = peer.url()}, soon(), &out));
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  for (auto& out : results) ASSERT_TRUE(*out) << out->error().message();
  EXPECT_LE(account_.peak(), 50 * (128 << 10));
}

TEST_F(HttpTest, gives_back_the_bytes_of_connections_that_never_came_about) {
  boost::asio::ip::tcp::acceptor full(context_);
  boost::asio::ip::tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  full.open(any.protocol());
  full.bind(any);
  full.listen(0);
  std::vector<boost::asio::ip::tcp::socket> crowd;  // fills the queue of connections: further ones get no answer
  for (int i = 0; i < 4; ++i) {
    auto& socket = crowd.emplace_back(context_, any.protocol());
    socket.async_connect(full.local_endpoint(), [](boost::system::error_code) {});
  }
  auto url = fmt::format("http://127.0.0.1:{}/", full.local_endpoint().port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(failed_with(get(url, testing::soon(milliseconds(100))), ErrorCode::kTimeout, "no connection in time"));
    EXPECT_EQ(account_.used(), 0u);
  }
}

TEST_F(HttpTest, closes_kept_connections_when_it_is_to_shrink_and_goes_on_with_new_ones) {
  testing::ScriptedPeer peer(
      {{answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")[0],
        answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")[1], testing::ScriptedPeer::stall()}});
  ASSERT_TRUE(get(peer.url()).has_value());
  EXPECT_EQ(client_->stats().connections, 1u);
  EXPECT_GT(account_.used(), 0u);
  client_->shrink();
  EXPECT_EQ(client_->stats().connections, 0u);
  EXPECT_EQ(account_.used(), 0u);
  ASSERT_TRUE(get(peer.url()).has_value());
  EXPECT_EQ(peer.accepted(), 2u);
}

}  // namespace
}  // namespace holter::net
