#include <gmock/gmock.h>

#include "collect/protocols/imap/words.h"
#include "collect/quoted.h"
#include "testing/dovecot.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& imap_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class ImapTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string password = "secret",
                              std::string folder = "INBOX", std::string ssl = "false", std::string ca = "",
                              std::string starttls = "false") {
    auto block =
        testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port)), entry("timeout", timeout),
                           entry("email", "ann"), entry("authorize", password), entry("folderName", folder),
                           entry("ssl", ssl), entry("caFile", ca), entry("startTls", starttls)});
    return imap_plugin().compile({"mailbox", "inbox", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"INBOXTotalMessageCount", "INBOXUnseenMessageCount", "responseTime"};
  const std::vector<Exchange> talk_{
      {"", "* OK [CAPABILITY IMAP4rev1] ready\r\n", "read the greeting of"},
      {"a1 LOGIN \"ann\" \"secret\"\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n", "log in to"},
      {"a2 STATUS \"INBOX\"", "* STATUS INBOX (MESSAGES 3 RECENT 1 UNSEEN 2)\r\na2 OK done\r\n",
       "read the state of the folder on"}};
};

TEST_F(ImapTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(ImapTest, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(ImapTest, reads_a_recorded_answer) {
  auto probe = make(143);
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, talk_[0].reply + talk_[1].reply + talk_[2].reply);
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0), "3");
  EXPECT_EQ(text(shot, 1), "2");
}

TEST_F(ImapTest, reads_a_real_mailbox_plain_and_by_tls) {
  testing::Dovecot dovecot("imap");
  ASSERT_TRUE(dovecot.running()) << "dovecot is not installed: tools/setup.sh installs it";
  dovecot.deliver("Subject: one\n\nhello\n");
  auto shot = run(*make(dovecot.port()), aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "1");
  EXPECT_EQ(text(*shot, 1), "1");
  testing::TempFile ca(dovecot.certificate());
  auto secure = run(*make(dovecot.tls_port(), "5000", "secret", "INBOX", "true", ca.path()), aliases_.size());
  EXPECT_EQ(secure->code(), ResultCode::kSuccess) << secure->message();
  auto upgraded = run(*make(dovecot.port(), "5000", "secret", "INBOX", "false", ca.path(), "true"), aliases_.size());
  ASSERT_EQ(upgraded->code(), ResultCode::kSuccess) << upgraded->message();
  EXPECT_EQ(text(*upgraded, 0), "1");
  EXPECT_THAT(story(*upgraded), HasSubstr("TLS: TLSv1."));
  auto stranger = run(*make(dovecot.port(), "5000", "secret", "INBOX", "false", "", "true"), aliases_.size());
  EXPECT_EQ(stranger->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(stranger->message(), HasSubstr("the certificate is not trusted"));
  auto none = run(*make(dovecot.port(), "5000", "secret", "\xe5\xb7\xb2\xe5\x8f\x91\xe9\x80\x81"), aliases_.size());
  EXPECT_EQ(none->code(), ResultCode::kSuccess) << none->message();
  EXPECT_EQ(none->table().at(0, 0).kind, RawTable::Kind::kNull);
  auto wrong = run(*make(dovecot.port(), "20000", "hunter2"), aliases_.size());
  EXPECT_EQ(wrong->code(), ResultCode::kFail);
  EXPECT_THAT(wrong->message(), HasSubstr("cannot log in to"));
  EXPECT_THAT(wrong->message() + story(*wrong), ::testing::Not(HasSubstr("hunter2")));
}

TEST(ImapWords, encodes_folders_as_the_standard_does) {
  EXPECT_EQ(imap::encode_folder("INBOX"), "INBOX");
  EXPECT_EQ(imap::encode_folder("a&b"), "a&-b");
  EXPECT_EQ(imap::encode_folder("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
  EXPECT_EQ(imap::encode_folder("\xf0\x9f\x98\x80"), "&2D3eAA-");
  EXPECT_EQ(imap::encode_folder("\xff"), "&,,0-");
  EXPECT_EQ(quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
}

TEST(ImapWords, finds_the_counts_behind_any_folder) {
  auto counts = imap::find_counts("* OK\r\n* STATUS \"a (b)\" (MESSAGES 1)\r\n").value();
  ASSERT_EQ(counts.size(), 1);
  EXPECT_EQ(counts[0].second, "1");
  EXPECT_TRUE(imap::find_counts("a2 NO no such folder\r\n").value().empty());
  EXPECT_FALSE(imap::find_counts("* STATUS INBOX\r\n"));
}

}  // namespace
}  // namespace holter::collect
