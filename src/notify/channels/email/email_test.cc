#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "notify/channels/email/mail_text.h"
#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& email_plugin();

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Outcome::Kind;

/// The parts of a mail that are base64, decoded.
std::string decoded(const std::string& mail) {
  std::string out;
  for (std::size_t at = 0; (at = mail.find("base64\r\n\r\n", at)) != std::string::npos;) {
    at += 10;
    while (at < mail.size() && mail[at] != '-' && mail[at] != '\r') {
      auto line = mail.substr(at, mail.find("\r\n", at) - at);
      std::string bytes(line.size(), '\0');
      auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                  reinterpret_cast<const unsigned char*>(line.data()), static_cast<int>(line.size()));
      EXPECT_GE(size, 0) << line;
      size -= line.ends_with("==") ? 2 : line.ends_with('=') ? 1 : 0;
      out += bytes.substr(0, static_cast<std::size_t>(size));
      at += line.size() + 2;
    }
  }
  return out;
}

class EmailTest : public ::testing::Test {
 protected:
  Given given_{{"host", "mail.example"},
               {"user", "ann"},
               {"password", "secret"},
               {"from", "Holter <holter@example.org>"},
               {"to", "ops@example.org\n\"Köhler, Zoë\" <zoe@example.org>, night@example.org"}};
  Outcome send() { return attempt(email_plugin(), check_settings(email_plugin(), given_).value(), message_, wire_); }
  std::string refused(std::string field, std::string value) {
    auto given = given_;
    given[std::move(field)] = std::move(value);
    auto settings = check_settings(email_plugin(), given);
    return settings ? "" : settings.error().message();
  }
  FakeWire wire_;
  Message message_ = message_for(email_plugin(), wire_.now());
};

TEST_F(EmailTest, sends_text_and_html_to_all_recipients) {
  wire_.answer(MailAnswer{250, "OK id=1", ""});
  auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.answer, "SMTP 250: OK id=1");
  const auto& call = wire_.mails().at(0);
  EXPECT_EQ(call.url, "smtp://mail.example:587");
  EXPECT_TRUE(call.starttls);
  EXPECT_TRUE(call.verify_tls);
  EXPECT_EQ(call.from, "holter@example.org");
  EXPECT_THAT(call.to, ElementsAre("ops@example.org", "zoe@example.org", "night@example.org"));
  EXPECT_THAT(call.content, HasSubstr("From: \"Holter\" <holter@example.org>\r\n"));
  EXPECT_THAT(call.content, HasSubstr("=?utf-8?B?S8O2aGxlciwgWm/Dqw==?= <zoe@example.org>"));
  EXPECT_THAT(call.content, HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
  EXPECT_THAT(call.content, HasSubstr("multipart/alternative"));
  auto texts = decoded(call.content);
  EXPECT_THAT(texts, HasSubstr("[critical] HostDown on db-1\r\n"));
  EXPECT_THAT(texts, HasSubstr("&lt;1 request/s &amp; falling"));
  EXPECT_THAT(texts, HasSubstr("</html>"));
}

TEST_F(EmailTest, mails_of_a_group_stand_in_one_thread_and_the_same_mail_has_the_same_id) {
  auto header = [](const std::string& mail, const std::string& name) {
    auto at = mail.find("\r\n" + name + ": ");
    return at == std::string::npos ? "" : mail.substr(at + 2, mail.find("\r\n", at + 2) - at - 2);
  };
  auto from = email::mailbox_of("holter@example.org").value();
  auto write = [&](WallTime now) { return email::mail_text(message_, from, {from}, now); };
  auto first = write(wire_.now()), again = write(wire_.now() + seconds(60));
  message_.key = "key-2";
  auto other = write(wire_.now());
  message_.group = "group-2";
  auto stranger = write(wire_.now());
  EXPECT_EQ(header(first, "Message-ID"), header(again, "Message-ID"));
  EXPECT_NE(header(first, "Message-ID"), header(other, "Message-ID"));
  EXPECT_FALSE(header(first, "References").empty());
  EXPECT_EQ(header(first, "References"), header(other, "References"));
  EXPECT_NE(header(first, "References"), header(stranger, "References"));
}

TEST_F(EmailTest, no_line_of_a_mail_is_too_long_or_lacks_its_end) {
  message_.title = std::string(150, 'x') +
                   " 告警：数据库服务器没有响应，请尽快处理，告警：数据库服务器没有响应\r\nBcc: evil@example.org";
  message_.text = std::string(5000, '.') + "\n.\nend";
  auto from = email::mailbox_of("holter@example.org").value();
  auto mail = email::mail_text(message_, from, {from}, wire_.now());
  for (std::size_t at = 0; at < mail.size();) {
    auto end = mail.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 78) << mail.substr(at, end - at);
    EXPECT_EQ(mail.substr(at, end - at).find('\n'), std::string::npos);
    at = end + 2;
  }
  EXPECT_THAT(mail, Not(HasSubstr("\r\nBcc:")));
}

TEST_F(EmailTest, encodes_headers_by_words_of_whole_characters) {
  EXPECT_EQ(email::header_text("plain"), "plain");
  EXPECT_EQ(email::header_text("=?utf-8?Q?x?="), "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?=");
  // 16 characters of three bytes: 13 in the first word.
  EXPECT_EQ(email::header_text("告告告告告告告告告告告告告告告告"),
            "=?utf-8?B?5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK5ZGK?=\r\n =?utf-8?B?5ZGK5ZGK5ZGK?=");
}

TEST_F(EmailTest, leaves_out_a_recipient_that_is_unknown_and_names_it) {
  wire_.answer(MailAnswer{550, "no such user", "zoe@example.org"});
  wire_.answer(MailAnswer{250, "OK", ""});
  auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.answer, "SMTP 250: OK; zoe@example.org: SMTP 550: no such user");
  EXPECT_THAT(wire_.mails().at(1).to, ElementsAre("ops@example.org", "night@example.org"));
}

TEST_F(EmailTest, tells_what_to_do_from_the_reply) {
  wire_.answer(MailAnswer{451, "greylisted", "ops@example.org"});
  auto later = send();
  EXPECT_EQ(later.kind, Kind::kRetry);
  EXPECT_EQ(later.answer, "ops@example.org: SMTP 451: greylisted");
  EXPECT_EQ(wire_.mails().size(), 1);
  wire_.answer(MailAnswer{535, "wrong password", ""});
  EXPECT_EQ(send().kind, Kind::kGiveUp);
  for (const char* name : {"ops@example.org", "zoe@example.org", "night@example.org"})
    wire_.answer(MailAnswer{550, "unknown", name});
  auto nobody = send();
  EXPECT_EQ(nobody.kind, Kind::kGiveUp);
  EXPECT_THAT(nobody.answer, HasSubstr("no recipient is left; ops@example.org: SMTP 550: unknown"));
  wire_.fail({ErrorCode::kUnavailable, "connection refused"});
  EXPECT_EQ(send().kind, Kind::kRetry);
  wire_.fail({ErrorCode::kUnauthenticated, "the server offers no login that we know"});
  EXPECT_EQ(send().kind, Kind::kGiveUp);
}

TEST_F(EmailTest, refuses_settings_that_cannot_work) {
  EXPECT_THAT(refused("port", "0"), HasSubstr("'port': not within 1 to 65535"));
  EXPECT_THAT(refused("port", "many"), HasSubstr("'port' is not a whole number"));
  EXPECT_THAT(refused("host", "a/b"), HasSubstr("'host': not the name of a host"));
  EXPECT_THAT(refused("from", "nobody"), HasSubstr("'nobody' is no mail address"));
  EXPECT_THAT(refused("to", "a@b.example, c"), HasSubstr("'c' is no mail address"));
  EXPECT_THAT(refused("to", "a@b.example <x>"), HasSubstr("is no mail address"));
  EXPECT_THAT(refused("security", "none"), HasSubstr("a login needs starttls or tls"));
  EXPECT_THAT(refused("password", ""), HasSubstr("belong together"));
  EXPECT_EQ(refused("host", "::1"), "");
}

}  // namespace
}  // namespace holter::notify
