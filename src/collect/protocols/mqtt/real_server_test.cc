// Against the real Mosquitto: plain, with a list of users and of rights, and by TLS.
#include "testing/real_server.h"

#include <fstream>

#include "collect/protocols/mqtt/test_mqtt.h"

namespace holter::collect::mqtt {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempFile;

// Of mosquitto_passwd for the password "secret".
constexpr const char* kUsers =
    "$7$101$/ZKJLKO5TvTkMSkz$0mdlOBrN60z1ECUGsj4YVuhx6/Pn0hKGIXEmu9gHZ3613qz2C3teuZHvYL06V2ej9jZOrFonQa1pJnnZ4s62oA==";

class MqttRealServerTest : public MqttTestBase {
 protected:
  static testing::RealServer mosquitto(const std::string& settings) {
    return {"/usr/sbin/mosquitto", [&](const auto& directory, auto port) {
              auto file = directory + "/mosquitto.conf";
              std::ofstream(file) << "user root\nlistener " << port << " 127.0.0.1\n" << settings;
              return std::vector<std::string>{"-c", file};
            }};
  }
  static std::string tls_settings(const TempFile& certificate, const TempFile& key) {
    return fmt::format("allow_anonymous true\ncertfile {}\nkeyfile {}\n", certificate.path(), key.path());
  }
  std::unique_ptr<OneShot> ask(const testing::RealServer& server, const Keys& more = {}) {
    auto probe = make(server.port(), more);
    return run(*probe, aliases_.size());
  }
  const testing::Certificate ca_ =
      testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
};

TEST_F(MqttRealServerTest, sends_a_message_through_a_broker) {
  auto server = mosquitto("allow_anonymous true\n");
  ASSERT_TRUE(server.running()) << "mosquitto is not installed: tools/setup.sh installs it";
  auto shot = ask(server);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(texts(*shot), ElementsAre("Subscription successful", "Message published successfully", "hello",
                                        "Unsubscription successful", "ms"));
  for (const char* step : {"resolved 127.0.0.1", "connected to", "accepts the connection", "subscribed", "published",
                           "received the message", "unsubscribed"})
    EXPECT_THAT(story(*shot), HasSubstr(step));
  OneShot again(services_, aliases_.size(), account_);
  auto probe = make(server.port());
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(text(again, 2), "hello") << again.message();
  // Eight at once, each with a client id of its own: none is thrown out.
  std::vector<std::unique_ptr<OneShot>> shots;
  std::size_t done = 0;
  for (int i = 0; i < 8; ++i) {
    shots.push_back(std::make_unique<OneShot>(services_, aliases_.size(), account_));
    shots.back()->run(*probe, [&] { ++done; });
  }
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == shots.size(); }));
  for (const auto& each : shots) EXPECT_EQ(text(*each, 2), "hello") << each->message();
}

TEST_F(MqttRealServerTest, logs_in_and_hides_a_wrong_password) {
  TempFile users(std::string("ann:") + kUsers + "\n");
  TempFile rights("user ann\ntopic write holter/test\n");
  auto server = mosquitto(fmt::format("password_file {}\nacl_file {}\n", users.path(), rights.path()));
  ASSERT_TRUE(server.running()) << "mosquitto is not installed: tools/setup.sh installs it";
  // Mosquitto accepts every subscription, and keeps from it what must not be read.
  auto good = ask(server, {{"username", "ann"}, {"password", "secret"}, {"timeout", "1000"}});
  ASSERT_EQ(good->code(), ResultCode::kSuccess) << good->message();
  EXPECT_THAT(texts(*good),
              ElementsAre("Subscription successful", "Message published successfully",
                          "Message reception timed out after 0.5 seconds", "Unsubscription successful", "ms"));
  auto wrong = ask(server, {{"username", "ann"}, {"password", "hunter2"}});
  EXPECT_EQ(wrong->code(), ResultCode::kFail);
  EXPECT_THAT(wrong->message(), HasSubstr("cannot log in to"));
  EXPECT_THAT(wrong->message() + story(*wrong), Not(HasSubstr("hunter2")));
  EXPECT_EQ(ask(server)->code(), ResultCode::kFail);
}

TEST_F(MqttRealServerTest, speaks_tls_with_a_broker_whose_certificate_is_good) {
  auto good = testing::make_certificate({}, &ca_);
  TempFile certificate(good.certificate), key(good.key), ca(ca_.certificate);
  auto server = mosquitto(tls_settings(certificate, key));
  ASSERT_TRUE(server.running()) << "mosquitto is not installed: tools/setup.sh installs it";
  for (const Keys& keys : {Keys{{"protocol", "MQTTS"}, {"caCert", ca_.certificate}},
                           Keys{{"protocol", "MQTTS"}, {"caFile", ca.path()}, {"tlsVersion", "TLSv1.3"}},
                           Keys{{"protocol", "mqtts"}, {"insecureSkipVerify", "true"}}}) {
    auto shot = ask(server, keys);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_EQ(text(*shot, 2), "hello");
    EXPECT_THAT(story(*shot), HasSubstr("TLS: TLSv1."));
  }
  auto unknown = ask(server, {{"protocol", "MQTTS"}});
  EXPECT_EQ(unknown->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(unknown->message(), HasSubstr("the certificate is not trusted"));
  auto other_name = ask(server, {{"protocol", "MQTTS"}, {"caCert", ca_.certificate}, {"host", "other.example"}});
  EXPECT_EQ(other_name->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(other_name->message(), HasSubstr("hostname mismatch"));
  EXPECT_EQ(ask(server)->code(), ResultCode::kUnconnectable) << "TLS is on the port, and none was spoken";
}

TEST_F(MqttRealServerTest, refuses_a_certificate_that_has_expired) {
  auto expired = testing::make_certificate(
      {.valid_from = std::chrono::seconds(-7200), .valid_until = std::chrono::seconds(-3600)}, &ca_);
  TempFile certificate(expired.certificate), key(expired.key);
  auto server = mosquitto(tls_settings(certificate, key));
  ASSERT_TRUE(server.running()) << "mosquitto is not installed: tools/setup.sh installs it";
  auto shot = ask(server, {{"protocol", "MQTTS"}, {"caCert", ca_.certificate}});
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("certificate has expired"));
}

TEST_F(MqttRealServerTest, shows_its_own_certificate_when_the_broker_wants_one) {
  auto good = testing::make_certificate({}, &ca_), ours = testing::make_certificate({.common_name = "holter"}, &ca_);
  TempFile certificate(good.certificate), key(good.key), ca(ca_.certificate);
  auto server =
      mosquitto(tls_settings(certificate, key) + fmt::format("cafile {}\nrequire_certificate true\n", ca.path()));
  ASSERT_TRUE(server.running()) << "mosquitto is not installed: tools/setup.sh installs it";
  Keys keys{{"protocol", "MQTTS"}, {"caCert", ca_.certificate}};
  EXPECT_EQ(ask(server, keys)->code(), ResultCode::kUnconnectable);
  keys.insert(keys.end(), {{"enableMutualAuth", "true"}, {"clientCert", ours.certificate}, {"clientKey", ours.key}});
  auto shot = ask(server, keys);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 2), "hello");
  keys.back().second = "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n";
  auto broken = ask(server, keys);
  EXPECT_EQ(broken->code(), ResultCode::kFail);
  EXPECT_THAT(broken->message(), HasSubstr("cannot use the text of the key"));
  EXPECT_THAT(broken->message(), Not(HasSubstr("nonsense")));
}

}  // namespace
}  // namespace holter::collect::mqtt
