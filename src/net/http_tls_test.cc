#include <ctime>

#include <fmt/format.h>

#include "net/http.h"
#include "testing/certificates.h"
#include "testing/http_test_base.h"

namespace holter::net {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::make_certificate;
using testing::ScriptedPeer;
using testing::soon;
using testing::TempFile;
using Peer = ScriptedPeer;

class HttpTlsTest : public HttpTest {
 protected:
  HttpRequest trusting(std::string url) const { return {.url = std::move(url), .ca_file = ca_file_.path()}; }

  const Certificate ca_ = make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  const Certificate good_ = make_certificate({}, &ca_);
  const TempFile ca_file_{ca_.certificate};
};

constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(HttpTlsTest, talks_to_a_peer_whose_certificate_is_good) {
  Peer peer({answer(kAnswer)}, {.tls = &good_});
  auto response = fetch(trusting(peer.url()));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "ok");
  EXPECT_GT(response->tls.count(), 0);
  EXPECT_LE(response->connected, response->tls);
  EXPECT_LE(response->tls, response->first_byte);
  auto left = response->certificate_expires_s - std::time(nullptr);
  EXPECT_NEAR(static_cast<double>(left), 86400, 120);
}

TEST_F(HttpTlsTest, tells_when_a_certificate_expires_also_on_a_connection_that_was_kept) {
  Peer peer(
      {{Peer::expect("\r\n\r\n"), Peer::send(kAnswer), Peer::expect("\r\n\r\n"), Peer::send(kAnswer), Peer::stall()}},
      {.tls = &good_});
  auto first = fetch(trusting(peer.url()));
  ASSERT_TRUE(first) << first.error().message();
  auto second = fetch(trusting(peer.url()));
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(peer.accepted(), 1);
  EXPECT_EQ(second->certificate_expires_s, first->certificate_expires_s);
}

TEST_F(HttpTlsTest, rejects_a_self_signed_certificate) {
  auto self_signed = make_certificate({});
  Peer peer({answer(kAnswer)}, {.tls = &self_signed});
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "self-signed certificate"));
}

TEST_F(HttpTlsTest, rejects_a_certificate_of_an_unknown_authority) {
  Peer peer({answer(kAnswer)}, {.tls = &good_});
  auto response = get(peer.url());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message(), HasSubstr("certificate"));
}

TEST_F(HttpTlsTest, rejects_an_expired_certificate) {
  auto expired = make_certificate({.valid_from = -std::chrono::hours(48), .valid_until = -std::chrono::hours(1)}, &ca_);
  Peer peer({answer(kAnswer)}, {.tls = &expired});
  EXPECT_TRUE(failed_with(fetch(trusting(peer.url())), ErrorCode::kUnavailable, "certificate has expired"));
}

TEST_F(HttpTlsTest, rejects_a_certificate_for_another_host) {
  auto other = make_certificate({.common_name = "other.example", .alternative_names = "DNS:other.example"}, &ca_);
  Peer peer({answer(kAnswer)}, {.tls = &other});
  auto response = fetch(trusting(peer.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message(), HasSubstr("name matches target host name '127.0.0.1'"));
}

TEST_F(HttpTlsTest, checks_the_name_that_was_asked_for_not_the_address) {
  auto named = make_certificate({.common_name = "site.example", .alternative_names = "DNS:site.example"}, &ca_);
  resolver_hosts_ = {"127.0.0.1"};
  Peer peer({answer(kAnswer)}, {.tls = &named});
  auto response = fetch(trusting(fmt::format("https://site.example:{}/", peer.port())));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->primary_ip, "127.0.0.1");
}

TEST_F(HttpTlsTest, takes_any_certificate_when_told_not_to_verify) {
  auto expired = make_certificate({.alternative_names = "DNS:other.example", .valid_until = -std::chrono::hours(1)});
  Peer peer({answer(kAnswer)}, {.tls = &expired});
  auto response = fetch({.url = peer.url(), .verify_tls = false});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_LT(response->certificate_expires_s, std::time(nullptr));
}

TEST_F(HttpTlsTest, does_not_reuse_an_unverified_connection_for_a_verified_request) {
  auto self_signed = make_certificate({});
  Peer peer({{Peer::expect("\r\n\r\n"), Peer::send(kAnswer), Peer::expect("\r\n\r\n"), Peer::send(kAnswer)}},
            {.tls = &self_signed});
  ASSERT_TRUE(fetch({.url = peer.url(), .verify_tls = false}));
  EXPECT_TRUE(failed_with(get(peer.url()), ErrorCode::kUnavailable, "self-signed certificate"));
}

TEST_F(HttpTlsTest, says_that_the_handshake_failed_when_the_peer_speaks_no_tls) {
  Peer peer({{Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n"), Peer::stall()}});
  EXPECT_TRUE(failed_with(get(fmt::format("https://127.0.0.1:{}/", peer.port())), ErrorCode::kUnavailable,
                          "TLS handshake failed"));
}

TEST_F(HttpTlsTest, says_that_the_handshake_failed_when_the_peer_closes) {
  Peer peer({{Peer::expect("\x03"), Peer::reset()}});
  EXPECT_TRUE(failed_with(get(fmt::format("https://127.0.0.1:{}/", peer.port())), ErrorCode::kUnavailable,
                          "TLS handshake failed"));
}

TEST_F(HttpTlsTest, ends_at_the_deadline_within_the_handshake) {
  Peer peer({{Peer::stall()}});
  EXPECT_TRUE(failed_with(get(fmt::format("https://127.0.0.1:{}/", peer.port()), soon(milliseconds(50))),
                          ErrorCode::kTimeout, "the TLS handshake did not end in time"));
}

TEST_F(HttpTlsTest, survives_a_peer_that_goes_away_while_we_send) {
  Peer peer({{Peer::expect("POST"), Peer::reset()}}, {.tls = &good_});
  auto request = trusting(peer.url());
  request.method = "POST";
  request.body = std::string(8 << 20, 'x');
  auto response = fetch(std::move(request));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable) << response.error().message();
}

TEST_F(HttpTlsTest, tells_the_steps_of_tls_and_of_its_failure) {
  std::vector<std::string> steps;
  auto note = [&](std::string_view s) { steps.emplace_back(s); };
  Peer peer({answer(kAnswer)}, {.tls = &good_});
  auto request = trusting(peer.url());
  request.on_step = note;
  ASSERT_TRUE(fetch(request));
  EXPECT_THAT(steps, ::testing::Contains(HasSubstr("TLS session (TLSv1.3) after ")));
  steps.clear();
  use({});  // no connection that was kept
  ASSERT_FALSE(fetch({.url = peer.url(), .on_step = note}));
  EXPECT_THAT(steps, ::testing::Contains("connected, but there is no TLS session"));
}

}  // namespace
}  // namespace holter::net
