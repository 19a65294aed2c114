#include <gmock/gmock.h>

#include "collect/protocols/ssl_cert/chain.h"
#include "testing/nginx.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& ssl_cert_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class SslCertTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string verify = "false",
                              std::string ca = "", std::string host = "localhost") {
    auto block = testing::block_of({entry("host", host), entry("port", std::to_string(port)), entry("timeout", timeout),
                                    entry("ssl", verify), entry("caFile", ca)});
    return ssl_cert_plugin().compile({"ssl_cert", "certificate", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column, std::size_t row = 0) {
    return std::string(shot.table().text(shot.table().at(row, column)));
  }
  std::vector<std::string> aliases_{"subject", "expired", "days_left", "issuer", "responseTime"};
};

TEST_F(SslCertTest, has_a_row_for_each_certificate_of_a_real_server) {
  auto authority = testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  auto own = testing::make_certificate({.valid_until = std::chrono::hours(24 * 10 + 1)}, &authority);
  testing::Nginx nginx("", own.certificate, own.key);
  ASSERT_TRUE(nginx.running()) << "nginx is not installed: tools/setup.sh installs it";
  testing::TempFile ca(authority.certificate);
  auto probe = make(nginx.https_port(), "5000", "true", ca.path());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(text(*shot, 0), "CN=localhost");
  EXPECT_EQ(text(*shot, 1), "false");
  EXPECT_EQ(text(*shot, 2), "10");
  EXPECT_EQ(text(*shot, 0, 1), "CN=Test CA");
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.code(), ResultCode::kSuccess) << again.message();
  for (std::size_t column = 0; column < 4; ++column) EXPECT_EQ(text(again, column), text(*shot, column));
}

TEST_F(SslCertTest, looks_at_an_expired_certificate_unless_it_must_be_good) {
  auto old = testing::make_certificate({.valid_until = std::chrono::seconds(-60)});
  Peer peer({{Peer::stall()}}, {.tls = &old});
  auto probe = make(peer.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 1), "true");
  EXPECT_EQ(text(*shot, 2), "-1");
  testing::TempFile ca(old.certificate);
  auto strict = make(peer.port(), "5000", "true", ca.path());
  auto refused = run(*strict, aliases_.size());
  EXPECT_EQ(refused->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(refused->message(), HasSubstr("expired"));
  auto other = testing::make_certificate({.alternative_names = "DNS:other.example"});
  Peer wrong_name({{Peer::stall()}}, {.tls = &other});
  testing::TempFile other_ca(other.certificate);
  auto named = make(wrong_name.port(), "5000", "true", other_ca.path());
  EXPECT_THAT(run(*named, aliases_.size())->message(), HasSubstr("hostname mismatch"));
}

TEST_F(SslCertTest, bears_peers_that_do_not_speak_tls) {
  auto maker = [this](auto port, auto timeout) { return make(port, timeout); };
  for (const auto& script : {Script{Peer::reset()}, Script{Peer::close()},
                             Script{Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n"), Peer::close()},
                             Script{Peer::send_forever(std::string(5000, 'x'))}})
    expect_failure(*play(maker, script), "no TLS");
  auto silent = play(maker, {Peer::stall()}, "60");
  EXPECT_EQ(silent->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(silent->message(), HasSubstr("cannot start TLS with"));
  EXPECT_THAT(silent->message(), HasSubstr("no answer in time"));
  auto unknown = make(443, "5000", "false", "", "nobody.example");
  EXPECT_EQ(run(*unknown, aliases_.size())->code(), ResultCode::kUnreachable);
}

TEST_F(SslCertTest, ten_thousand_rounds_leave_nothing_behind) {
  auto own = testing::make_certificate({});
  {
    Peer peer({{Peer::stall()}}, {.tls = &own});
    auto probe = make(peer.port());
    (void)run(*probe, aliases_.size());
  }
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  {
    Peer peer({{Peer::close()}}, {.tls = &own});
    auto probe = make(peer.port());
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, aliases_.size())->code(), ResultCode::kSuccess);
  }
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST(SslCertChain, refuses_recordings_that_are_wrong) {
  EXPECT_FALSE(ssl_cert::parse_chain("subject"));
  EXPECT_FALSE(ssl_cert::parse_chain("now: yesterday\n"));
  EXPECT_FALSE(ssl_cert::parse_chain("now: 2026-02-31T00:00:00Z\n"));
  EXPECT_FALSE(ssl_cert::parse_chain("colour: blue\n"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "subject: a\n\n";
  EXPECT_FALSE(ssl_cert::parse_chain(many));
}

}  // namespace
}  // namespace holter::collect
