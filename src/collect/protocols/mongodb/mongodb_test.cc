// Against a mock of the server: a conversation, logins, and what hostile peers do.
#include "collect/protocols/mongodb/test_mongodb.h"

namespace holter::collect::mongodb {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Peer = testing::ScriptedPeer;

BsonWriter connections() {
  return ok().add("connections", BsonWriter().add("current", 5).add("available", 814));
}

class MongodbTest : public MongodbTestBase {
 protected:
  Make maker() {
    return [this](auto port, auto timeout) { return make(port, {{"timeout", timeout}}); };
  }
  std::unique_ptr<OneShot> log_in(MockLogin login, std::string password = "secret") {
    MockServer server(context_, [&](std::string_view command) {
      auto reply = login.take(command);
      return reply ? *reply : connections();
    });
    auto probe = make(server.port(), {{"username", "ann"}, {"password", password}});
    auto shot = run(*probe, aliases_.size());
    objects_.clear();
    return shot;
  }
  std::unique_ptr<OneShot> answer(const std::string& bytes) {
    return play(maker(), {Peer::expect("hello"), Peer::send(reply_to(1, ok())), Peer::expect("serverStatus"),
                          Peer::send(bytes), Peer::stall()});
  }
  const std::vector<Exchange> talk_{{"hello", reply_to(1, ok().add("maxWireVersion", 21)), "greet"},
                                    {"serverStatus", reply_to(2, connections()), "read the answer of"}};
};

TEST_F(MongodbTest, reads_a_part_of_an_answer_and_its_recording) {
  Peer peer({{Peer::expect("hello"), Peer::send(talk_[0].reply), Peer::expect("serverStatus"),
              Peer::send(talk_[1].reply), Peer::stall()}});
  auto probe = make(peer.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "5");
  EXPECT_EQ(text(*shot, 1), "814");
  EXPECT_EQ(shot->trace().answer, R"({"ok":1,"connections":{"current":5,"available":814}})");
  for (const char* step : {"resolved", "connected to", "version 21", "read the answer to serverStatus"})
    EXPECT_THAT(story(*shot), HasSubstr(step));
  EXPECT_THAT(peer.received(), HasSubstr("primaryPreferred"));
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.code(), ResultCode::kSuccess) << again.message();
  EXPECT_EQ(text(again, 1), "814");
  OneShot none(services_, aliases_.size(), account_);
  none.replay(*probe, R"({"ok":1})");
  EXPECT_EQ(none.code(), ResultCode::kFail);
  EXPECT_THAT(none.message(), HasSubstr("cannot find 'connections' in the answer to serverStatus"));
}

TEST_F(MongodbTest, bears_all_faults_of_a_peer) {
  bears_all_faults(maker(), talk_);
}

TEST_F(MongodbTest, thousand_rounds_leave_nothing_behind) {
  MockServer server(context_, [](std::string_view) { return connections(); });
  auto probe = make(server.port());
  auto bytes = account_.used();
  (void)run(*probe, aliases_.size());
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(run(*probe, aliases_.size())->code(), ResultCode::kSuccess);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(server.commands().size(), 1 + 1001);
  objects_.clear();
  EXPECT_EQ(account_.used(), bytes);
}

TEST_F(MongodbTest, logs_in_with_scram_sha_256) {
  auto shot = log_in({});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "5");
  EXPECT_THAT(story(*shot), HasSubstr("logged in"));
  EXPECT_EQ(log_in({.wants_empty_exchange = true})->code(), ResultCode::kSuccess);
}

TEST_F(MongodbTest, says_that_a_password_is_wrong_without_saying_it) {
  auto shot = log_in({}, "hunter2");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("the server says Authentication failed. (code 18)"));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("hunter2")));
}

TEST_F(MongodbTest, believes_no_server_that_does_not_know_the_password) {
  auto shot = log_in({.proves_itself = false});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("does not prove that it knows the password"));
  for (const char* rounds : {"1", "4095", "1000001", "99999999999", "many"}) {
    shot = log_in({.rounds = rounds});
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << rounds;
    EXPECT_THAT(shot->message(), HasSubstr("4096 to 1000000 are possible"));
  }
}

TEST_F(MongodbTest, reports_what_the_server_refuses) {
  auto refusal = [&](const BsonWriter& reply) { return answer(reply_to(2, reply)); };
  auto rights = refusal(refused(13, "not authorized on admin to execute command"));
  EXPECT_EQ(rights->code(), ResultCode::kFail);
  EXPECT_THAT(rights->message(), HasSubstr("the server says not authorized on admin"));
  EXPECT_EQ(refusal(refused(59, "no such command"))->code(), ResultCode::kFail);
  EXPECT_EQ(refusal(refused(1, "failed"))->code(), ResultCode::kFail);
  // A server that does not know `hello` is asked all the same.
  auto old = play(maker(), {Peer::expect("hello"), Peer::send(reply_to(1, refused(59, "no such command: 'hello'"))),
                            Peer::expect("serverStatus"), Peer::send(reply_to(2, connections())), Peer::stall()});
  EXPECT_EQ(old->code(), ResultCode::kSuccess) << old->message();
}

TEST_F(MongodbTest, refuses_replies_that_are_wrong) {
  auto good = reply_to(2, connections());
  auto with = [&](std::size_t at, char byte) {
    auto bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  for (const auto& bytes : {with(8, 9),      // answers another request
                            with(12, 1),     // another operation
                            with(0, 20),     // shorter than any reply
                            with(16, 1),     // with a checksum, which was not asked for
                            with(16, 2),     // with more to come
                            with(20, 1),     // a section of another kind
                            with(21, 0x7f),  // a document that is longer than the message
                            reply_to(2, BsonWriter().add("connections", 1)), reply_to(2, BsonWriter().add("ok", "yes")),
                            std::string("HTTP/1.1 400 Bad Request\r\n\r\n")}) {
    auto shot = answer(bytes);
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
    EXPECT_THAT(shot->message(), StartsWith("cannot read the answer of"));
  }
  auto large = answer(with(3, 0x10));
  EXPECT_EQ(large->code(), ResultCode::kFail);
  EXPECT_THAT(large->message(), HasSubstr("the reply has 256 MiB; at most 4.00 MiB are taken"));
}

TEST_F(MongodbTest, keeps_its_session_and_opens_another_when_it_was_closed) {
  std::vector<Peer::Step> once{Peer::expect("hello"), Peer::send(reply_to(1, ok())), Peer::expect("serverStatus"),
                               Peer::send(reply_to(2, connections()))};
  auto twice = once;
  twice.insert(twice.end(), {Peer::expect("serverStatus"), Peer::close()});
  once.push_back(Peer::stall());
  Peer peer({twice, once});
  auto probe = make(peer.port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(run(*probe, aliases_.size())->code(), ResultCode::kSuccess);
  EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(MongodbTest, speaks_tls_only_with_a_server_whose_certificate_is_good) {
  auto ca = testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  testing::TempFile ca_file(ca.certificate);
  auto ask = [&](const testing::CertificateOptions& options) {
    auto certificate = testing::make_certificate(options, &ca);
    Peer peer({script_of(talk_, 2)}, {.tls = &certificate});
    auto shot = run(*make(peer.port(), {{"ssl", "true"}, {"caFile", ca_file.path()}}), aliases_.size());
    objects_.clear();
    return shot;
  };
  auto good = ask({});
  EXPECT_EQ(good->code(), ResultCode::kSuccess) << good->message();
  auto expired = ask({.valid_from = std::chrono::seconds(-7200), .valid_until = std::chrono::seconds(-3600)});
  EXPECT_EQ(expired->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(expired->message(), HasSubstr("certificate has expired"));
  auto other = ask({.alternative_names = "DNS:other.example"});
  EXPECT_EQ(other->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(other->message(), HasSubstr("mismatch"));
}

TEST_F(MongodbTest, refuses_blocks_that_are_wrong) {
  for (const auto& [key, value] : Keys{{"host", ""},
                                       {"port", "0"},
                                       {"command", ""},
                                       {"command", "shutdown"},
                                       {"command", "serverStatus..x"},
                                       {"command", "serverStatus.a'b"},
                                       {"password", "alone"},
                                       {"database", std::string(1025, 'a')},
                                       {"model", "mongodb-atlas"},
                                       {"certificateFile", "/c.pem"}}) {
    auto probe = compile(27017, {{key, value}});
    ASSERT_FALSE(probe) << key << ": " << value;
    EXPECT_THAT(probe.error().message(), StartsWith("cannot ")) << key;
  }
}

}  // namespace
}  // namespace holter::collect::mongodb
