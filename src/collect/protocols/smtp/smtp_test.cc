#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "testing/real_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& smtp_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class SmtpTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string starttls = "false") {
    auto block =
        testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)), entry("timeout", timeout),
                           entry("email", "probe.example"), entry("startTls", starttls), entry("verifyTls", "false")});
    return smtp_plugin().compile({"smtp", "summary", aliases_, block}).value();
  }
  std::unique_ptr<Probe> make_with(std::uint16_t port,
                                   std::initializer_list<std::pair<std::string, model::Node>> more) {
    auto block = testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port)),
                                    entry("timeout", "20000"), entry("email", "probe.example")});
    for (const auto& [key, value] : more) {
      block.keys.push_back(key);
      block.items.push_back(value);
    }
    return smtp_plugin().compile({"smtp", "summary", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"smtpBanner", "heloInfo", "response", "responseTime"};
  const std::vector<Exchange> talk_{{"", "220-mail.example ESMTP\r\n220 welcome\r\n", "read the greeting of"},
                                    {"HELO probe.example\r\n", "250 mail.example\r\n", "read the answer to HELO of"}};
};

TEST_F(SmtpTest, reads_greeting_and_answer) {
  Peer peer({script_of(talk_, 2)});
  auto probe = make(peer.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "220-mail.example ESMTP");
  EXPECT_EQ(text(*shot, 1), "250 mail.example\r\n");
  EXPECT_EQ(text(*shot, 2), "OK");
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(text(again, 1), "250 mail.example\r\n");
}

TEST_F(SmtpTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(SmtpTest, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(SmtpTest, fails_when_the_server_does_not_want_us) {
  auto maker = [this](auto port, auto timeout) { return make(port, timeout); };
  auto busy = play(maker, {Peer::send("554 no service here\r\n"), Peer::stall()});
  EXPECT_EQ(busy->code(), ResultCode::kFail);
  EXPECT_THAT(busy->message(), HasSubstr("554 no service here"));
  auto refused =
      play(maker, {Peer::send("220 a\r\n"), Peer::expect("HELO"), Peer::send("550 go away\r\n"), Peer::stall()});
  EXPECT_EQ(refused->code(), ResultCode::kFail);
  EXPECT_THAT(refused->message(), HasSubstr("550 go away"));
}

/// The real Exim, that offers STARTTLS, and by TLS a login to "ann" with the password "secret".
class Exim {
 public:
  explicit Exim(const testing::Certificate& certificate)
      : certificate_(certificate.certificate),
        key_(certificate.key),
        server_("/usr/sbin/exim4", [this](const auto& directory, auto port) {
          std::ofstream(directory + "/exim.conf") << configuration(directory);
          (void)std::system(("chmod a+r " + certificate_.path() + " " + key_.path()).c_str());  // it drops root
          return std::vector<std::string>{"-C", directory + "/exim.conf", "-bdf", "-oX",
                                          "127.0.0.1." + std::to_string(port)};
        }) {}
  bool running() const { return server_.running(); }
  std::uint16_t port() const { return server_.port(); }

 private:
  std::string configuration(const std::string& directory) const {
    return fmt::format(R"(primary_hostname = mail.example
spool_directory = {0}/spool
log_file_path = {0}/%slog
pid_file_path = {0}/pid
keep_environment =
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = {1}
tls_privatekey = {2}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{ann}}}}{{eq{{$auth3}}{{secret}}}}}}}}
)",
                       directory, certificate_.path(), key_.path());
  }

  testing::TempFile certificate_, key_;
  testing::RealServer server_;
};

TEST_F(SmtpTest, speaks_plain_by_starttls_and_logged_in_with_a_real_server) {
  auto certificate = testing::make_certificate({});
  testing::TempFile ca(certificate.certificate);
  Exim exim(certificate);
  ASSERT_TRUE(exim.running()) << "exim4 is not installed, or cannot run here: tools/setup.sh installs it";
  auto plain = run(*make_with(exim.port(), {}), aliases_.size());
  ASSERT_EQ(plain->code(), ResultCode::kSuccess) << plain->message();
  EXPECT_THAT(text(*plain, 0), HasSubstr("220 mail.example ESMTP Exim 4"));
  auto secure = run(*make_with(exim.port(), {entry("startTls", "true"), entry("caFile", ca.path())}), aliases_.size());
  ASSERT_EQ(secure->code(), ResultCode::kSuccess) << secure->message();
  EXPECT_THAT(story(*secure), HasSubstr("TLS: TLSv1."));
  auto stranger = run(*make_with(exim.port(), {entry("startTls", "true")}), aliases_.size());
  EXPECT_EQ(stranger->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(stranger->message(), HasSubstr("the certificate is not trusted"));
  for (const char* password : {"secret", "hunter2"}) {
    auto shot = run(*make_with(exim.port(), {entry("startTls", "true"), entry("caFile", ca.path()),
                                             entry("username", "ann"), entry("password", password)}),
                    aliases_.size());
    bool right = std::string_view(password) == "secret";
    EXPECT_EQ(shot->code(), right ? ResultCode::kSuccess : ResultCode::kFail) << shot->message();
    if (right) EXPECT_THAT(story(*shot), HasSubstr("logged in"));
    if (!right) EXPECT_THAT(shot->message(), HasSubstr("cannot log in to localhost"));
    EXPECT_THAT(shot->message() + story(*shot) + shot->trace().answer, ::testing::Not(HasSubstr("hunter2")));
  }
}

TEST_F(SmtpTest, does_not_send_a_password_in_plain_text) {
  auto block = testing::block_of(
      {entry("host", "h"), entry("email", "e"), entry("username", "ann"), entry("password", "secret")});
  auto probe = smtp_plugin().compile({"smtp", "summary", aliases_, block});
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().message(), HasSubstr("without TLS"));
  // What came before TLS may be an attacker's.
  auto shot = play([this](auto port, auto timeout) { return make(port, timeout, "true"); },
                   {Peer::send("220 x\r\n"), Peer::expect("EHLO"), Peer::send("250 x\r\n"), Peer::expect("STARTTLS"),
                    Peer::send("220 go\r\n250 injected\r\n"), Peer::stall()});
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("bytes before"));
}

TEST_F(SmtpTest, refuses_blocks_that_are_wrong) {
  for (const auto& email : {std::string(), std::string("a\r\nMAIL FROM:<b>"), std::string(300, 'a')}) {
    auto block = testing::block_of({entry("host", "h"), entry("email", email)});
    EXPECT_FALSE(smtp_plugin().compile({"smtp", "summary", aliases_, block}));
  }
  auto both =
      testing::block_of({entry("host", "h"), entry("email", "e"), entry("ssl", "true"), entry("startTls", "true")});
  EXPECT_FALSE(smtp_plugin().compile({"smtp", "summary", aliases_, both}));
}

}  // namespace
}  // namespace holter::collect
