#include "net/mail.h"

#include "net/mail_talk.h"
#include "testing/http_test_base.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Peer = testing::ScriptedPeer;

class MailTest : public HttpTest {
 protected:
  MailRequest mail(std::uint16_t port) {
    return {.url = "smtp://127.0.0.1:" + std::to_string(port),
            .starttls = false,
            .verify_tls = true,
            .ca_file = {},
            .user = {},
            .password = {},
            .from = "holter@example.org",
            .to = {"a@example.org", "b@example.org"},
            .content = "Subject: x\r\n\r\nfirst\r\n.second\r\n"};
  }
  Result<MailReply> send(MailRequest request, MonoTime deadline = testing::soon()) {
    return testing::run_task(context_, mailer_->send(std::move(request), deadline));
  }
  Result<MailReply> play(Peer::Script script) {
    Peer peer({std::move(script)});
    auto reply = send(mail(peer.port()));
    heard_ = peer.received();
    return reply;
  }
  void TearDown() override {
    mailer_.reset();
    HttpTest::TearDown();
  }
  /// A server up to the recipients.
  static Peer::Script greeted() {
    return {Peer::send("220 mail.example ESMTP\r\n"), Peer::expect("EHLO"),
            Peer::send("250-mail.example\r\n250 SIZE 1000000\r\n"), Peer::expect("MAIL FROM"),
            Peer::send("250 OK\r\n")};
  }
  static Peer::Script with(Peer::Script script, std::initializer_list<Peer::Step> more) {
    script.insert(script.end(), more);
    return script;
  }
  std::unique_ptr<Mailer> mailer_ = std::make_unique<Mailer>(context_.get_executor(), clock_, resolver_, account_);
  std::string heard_;
};

TEST_F(MailTest, sends_to_several_recipients_and_doubles_dots) {
  auto reply = play(
      with(greeted(), {Peer::expect("a@example.org>\r\n"), Peer::send("250 OK\r\n"), Peer::expect("b@example.org>\r\n"),
                       Peer::send("250 OK\r\n"), Peer::expect("DATA\r\n"), Peer::send("354 go on\r\n"),
                       Peer::expect("\r\n.\r\n"), Peer::send("250 2.0.0 queued as 42\r\n"), Peer::stall()}));
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 250);
  EXPECT_EQ(reply->text, "2.0.0 queued as 42");
  EXPECT_EQ(reply->refused, "");
  EXPECT_THAT(heard_, HasSubstr("MAIL FROM:<holter@example.org>"));
  EXPECT_THAT(heard_, HasSubstr("\r\n..second\r\n"));
}

TEST_F(MailTest, names_the_recipient_that_is_refused) {
  auto reply = play(
      with(greeted(), {Peer::expect("a@example.org>\r\n"), Peer::send("250 OK\r\n"), Peer::expect("b@example.org>\r\n"),
                       Peer::send("550-No such user\r\n550 here\r\n"), Peer::stall()}));
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->text, "here");
  EXPECT_EQ(reply->refused, "b@example.org");
  EXPECT_THAT(heard_, Not(HasSubstr("DATA")));
}

TEST_F(MailTest, gives_the_code_of_each_refusal) {
  auto later = play(
      with(greeted(), {Peer::expect("a@example.org>\r\n"), Peer::send("451 4.7.1 greylisted\r\n"), Peer::stall()}));
  ASSERT_TRUE(later.has_value()) << later.error().message();
  EXPECT_EQ(later->code, 451);
  EXPECT_EQ(later->refused, "a@example.org");
  auto greeting = play({Peer::send("421 too busy\r\n"), Peer::stall()});
  ASSERT_TRUE(greeting.has_value()) << greeting.error().message();
  EXPECT_EQ(greeting->code, 421);
  auto script = greeted();
  script.back() = Peer::send("552 too big\r\n");
  script.push_back(Peer::stall());
  auto sender = play(script);
  ASSERT_TRUE(sender.has_value()) << sender.error().message();
  EXPECT_EQ(sender->code, 552);
  EXPECT_EQ(sender->refused, "");
  auto content = play(
      with(greeted(), {Peer::expect("a@example.org>\r\n"), Peer::send("250 OK\r\n"), Peer::expect("b@example.org>\r\n"),
                       Peer::send("250 OK\r\n"), Peer::expect("DATA\r\n"), Peer::send("354 go on\r\n"),
                       Peer::expect("\r\n.\r\n"), Peer::send("554 spam\r\n"), Peer::stall()}));
  ASSERT_TRUE(content.has_value()) << content.error().message();
  EXPECT_EQ(content->code, 554);
}

TEST_F(MailTest, a_server_without_starttls_gets_no_mail_where_it_is_a_must) {
  Peer peer({{Peer::send("220 a\r\n"), Peer::expect("EHLO"), Peer::send("250 mail.example\r\n"), Peer::stall()}});
  auto request = mail(peer.port());
  request.starttls = true;
  request.user = "ann";
  request.password = "secret";
  auto reply = send(request);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_THAT(reply.error().message(), HasSubstr("the server offers no STARTTLS"));
  EXPECT_THAT(peer.received(), Not(HasSubstr("AUTH")));
}

TEST_F(MailTest, says_when_there_is_no_login) {
  Peer peer(
      {{Peer::send("220 a\r\n"), Peer::expect("EHLO"), Peer::send("250-a\r\n250 AUTH X-FOREIGN\r\n"), Peer::stall()}});
  auto request = mail(peer.port());
  request.user = "ann";
  request.password = "secret";
  auto reply = send(request);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::kUnauthenticated) << reply.error().message();
}

TEST_F(MailTest, a_wrong_password_is_a_reply_and_stands_in_no_text) {
  Peer peer({{Peer::send("220 a\r\n"), Peer::expect("EHLO"), Peer::send("250-a\r\n250 AUTH PLAIN\r\n"),
              Peer::expect("AUTH PLAIN"), Peer::send("535 no\r\n"), Peer::stall()}});
  auto request = mail(peer.port());
  request.user = "ann";
  request.password = "secret";
  auto reply = send(request);
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 535);
}

TEST_F(MailTest, hostile_peers_end_in_an_error) {
  for (const auto& script : std::vector<Peer::Script>{
           {Peer::close()},
           {Peer::reset()},
           {Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n"), Peer::close()},
           {Peer::send_forever("220-x\r\n")},
           {Peer::send_forever("2")},
           with(greeted(), {Peer::close()}),
       }) {
    Peer peer({script});
    auto reply = send(mail(peer.port()), testing::soon(milliseconds(1500)));
    ASSERT_FALSE(reply.has_value()) << reply->code << reply->text;
    EXPECT_NE(reply.error().code(), ErrorCode::kInternal);
    EXPECT_THAT(reply.error().message(), ::testing::StartsWith("cannot send the mail by 127.0.0.1:"));
  }
}

TEST_F(MailTest, a_peer_that_hangs_times_out_and_leaves_nothing) {
  Peer peer({with(greeted(), {Peer::stall()})});
  auto reply = send(mail(peer.port()), testing::soon(milliseconds(200)));
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::kTimeout);
}

TEST_F(MailTest, refuses_what_is_no_mail) {
  auto code = [&](auto change) {
    auto request = mail(1);
    change(request);
    auto reply = send(request);
    return reply ? ErrorCode::kInternal : reply.error().code();
  };
  EXPECT_EQ(code([](auto& m) { m.to.clear(); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.to = {"a@b>\r\nRSET"}; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.from = "nobody"; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.to.assign(101, "a@b.example"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.url = "http://127.0.0.1"; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.url = "smtp://ann:secret@127.0.0.1"; }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code([](auto& m) { m.url = "smtp://169.254.169.254:25"; }), ErrorCode::kNotFound);
  EXPECT_EQ(code([](auto& m) { m.url = "smtp://127.0.0.1:" + std::to_string(testing::unused_port()); }),
            ErrorCode::kUnavailable);
}

TEST(MailTalk, follows_commands_and_replies) {
  MailTalk talk;
  EXPECT_FALSE(talk.on_reply("220 hello\r\n"));
  EXPECT_FALSE(talk.on_sent("EHLO me\r\n"));
  EXPECT_FALSE(talk.on_reply("502 what?\r\n")) << "then HELO is tried";
  talk.on_sent("RCPT TO:<a@b> NOTIFY=NEVER\r\n");
  EXPECT_FALSE(talk.on_reply("550-first\r\n"));
  EXPECT_EQ(talk.last().code, 502) << "a reply counts when it is whole";
  EXPECT_TRUE(talk.on_reply("550 last\r\n"));
  EXPECT_EQ(talk.last().refused, "a@b");
  EXPECT_TRUE(talk.on_sent("QUIT\r\n"));
  talk.on_reply("221 bye\r\n");
  EXPECT_EQ(talk.last().code, 550);
  for (const char* foreign : {"", "2", "abc", "-50 x", "099 x"}) EXPECT_FALSE(talk.on_reply(foreign));
}

}  // namespace
}  // namespace holter::net
