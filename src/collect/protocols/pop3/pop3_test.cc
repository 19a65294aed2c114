#include <gmock/gmock.h>

#include "testing/dovecot.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& pop3_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class Pop3Test : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string password = "secret",
                              std::string ssl = "false", std::string ca = "", std::string starttls = "false") {
    auto block = testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port)),
                                    entry("timeout", timeout), entry("email", "ann"), entry("authorize", password),
                                    entry("ssl", ssl), entry("caFile", ca), entry("startTls", starttls)});
    return pop3_plugin().compile({"pop3", "email_status", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"email_count", "mailbox_size", "responseTime"};
  const std::vector<Exchange> talk_{{"", "+OK ready\r\n", "read the greeting of"},
                                    {"USER ann\r\n", "+OK\r\n", "name the user to"},
                                    {"PASS secret\r\n", "+OK logged in\r\n", "log in to"},
                                    {"STAT\r\n", "+OK 2 1536\r\n", "read the state of the mailbox of"}};
};

TEST_F(Pop3Test, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(Pop3Test, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(Pop3Test, reads_a_recorded_answer_and_refuses_another) {
  auto probe = make(110);
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, "+OK ready\n+OK\n+OK\n+OK 2 1536\n");
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0), "2");
  EXPECT_EQ(text(shot, 1), "1.5");
  for (const char* wrong : {"", "+OK 2", "+OK x y", "-ERR 1 2"}) {
    OneShot other(services_, aliases_.size(), account_);
    other.replay(*probe, wrong);
    EXPECT_EQ(other.code(), ResultCode::kFail) << wrong;
  }
}

TEST_F(Pop3Test, reads_a_real_mailbox_plain_and_by_tls) {
  testing::Dovecot dovecot("pop3");
  ASSERT_TRUE(dovecot.running()) << "dovecot is not installed: tools/setup.sh installs it";
  dovecot.deliver("Subject: one\n\nhello\n");
  auto shot = run(*make(dovecot.port()), aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "1");
  testing::TempFile ca(dovecot.certificate());
  auto secure = run(*make(dovecot.tls_port(), "5000", "secret", "true", ca.path()), aliases_.size());
  EXPECT_EQ(secure->code(), ResultCode::kSuccess) << secure->message();
  auto upgraded = run(*make(dovecot.port(), "5000", "secret", "false", ca.path(), "true"), aliases_.size());
  ASSERT_EQ(upgraded->code(), ResultCode::kSuccess) << upgraded->message();
  EXPECT_EQ(text(*upgraded, 0), "1");
  EXPECT_THAT(story(*upgraded), HasSubstr("TLS: TLSv1."));
  auto stranger = run(*make(dovecot.port(), "5000", "secret", "false", "", "true"), aliases_.size());
  EXPECT_EQ(stranger->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(stranger->message(), HasSubstr("the certificate is not trusted"));
  auto wrong = run(*make(dovecot.port(), "20000", "hunter2"), aliases_.size());
  EXPECT_EQ(wrong->code(), ResultCode::kFail);
  EXPECT_THAT(wrong->message(), HasSubstr("cannot log in to"));
  EXPECT_THAT(wrong->message() + story(*wrong), ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace holter::collect
