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
