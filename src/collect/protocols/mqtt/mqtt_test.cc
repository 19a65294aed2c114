// Against scripted peers: what brokers answer, and what hostile ones do.
#include <gmock/gmock.h>

#include "collect/protocols/mqtt/test_mqtt.h"

namespace holter::collect::mqtt {
namespace {

using model::ResultCode;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Peer = testing::ScriptedPeer;
using std::string_literals::operator""s;

const std::string kAccepted = "\x20\x02\x00\x00"s;
const std::string kSubscribed = "\x90\x03\x00\x01\x01"s;
const std::string kPublished = "\x40\x02\x00\x02"s;
const std::string kUnsubscribed = "\xb0\x02\x00\x03"s;

/// A message as a broker sends it.
std::string message(std::string_view payload, char first = '\x32', std::string_view topic = "holter/test") {
  std::string body{'\0', static_cast<char>(topic.size())};
  body += topic;
  if ((first & 6) != 0) body += "\x00\x07"s;
  body += payload;
  return std::string{first, static_cast<char>(body.size())} + body;
}

class MqttTest : public MqttTestBase {
 protected:
  Make maker() {
    return [this](auto port, auto timeout) { return make(port, {{"timeout", timeout}}); };
  }
  std::unique_ptr<OneShot> answer(const std::string& connack) {
    return play(maker(), {Peer::expect("MQTT"), Peer::send(connack), Peer::stall()});
  }
  /// Everything up to the message, then `message`.
  std::unique_ptr<OneShot> deliver(const std::string& message, std::string timeout = "5000") {
    return play(maker(),
                {Peer::expect("MQTT"), Peer::send(kAccepted), Peer::expect("\x82"), Peer::send(kSubscribed),
                 Peer::expect("hello"), Peer::send(kPublished + message), Peer::expect("\xa2"),
                 Peer::send(kUnsubscribed), Peer::stall()},
                std::move(timeout));
  }
  const std::vector<Exchange> talk_{{"MQTT", kAccepted, "log in to"},
                                    {"\x82", kSubscribed, "subscribe to the topic at"},
                                    {"hello", message("hello") + kPublished, "publish the message at"},
                                    {"\xa2", kUnsubscribed, "unsubscribe at"}};
};

TEST_F(MqttTest, sends_packets_as_the_standard_has_them) {
  Peer peer({script_of(talk_, talk_.size())});
  auto probe = make(peer.port(), {{"username", "ann"}, {"password", "secret"}, {"clientId", "h1"}});
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(texts(*shot), ElementsAre("Subscription successful", "Message published successfully", "hello",
                                        "Unsubscription successful", "ms"));
  EXPECT_THAT(peer.received(), StartsWith("\x10\x1b\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02h1\x00\x03"
                                          "ann\x00\x06secret"
                                          "\x82\x10\x00\x01\x00\x0bholter/test\x01"
                                          "\x32\x14\x00\x0bholter/test\x00\x02hello"
                                          "\x40\x02\x00\x07"
                                          "\xa2\x0f\x00\x03\x00\x0bholter/test"s));
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.code(), ResultCode::kSuccess) << again.message();
  EXPECT_EQ(text(again, 2), "hello");
}

TEST_F(MqttTest, bears_all_faults_of_a_peer) {
  bears_all_faults(maker(), talk_);
}

TEST_F(MqttTest, thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind(maker(), talk_);
}

TEST_F(MqttTest, tells_why_a_login_is_refused) {
  EXPECT_EQ(answer("\x20\x02\x00\x05"s)->code(), ResultCode::kFail);
  EXPECT_THAT(answer("\x20\x02\x00\x04"s)->message(), HasSubstr("bad user name or password (code 4)"));
  auto busy = answer("\x20\x02\x00\x03"s);
  EXPECT_EQ(busy->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(busy->message(), HasSubstr("its service is unavailable"));
  EXPECT_NE(answer("\x20\x02\x00\xff"s)->code(), ResultCode::kSuccess);
}

TEST_F(MqttTest, passes_over_messages_of_others_and_retained_ones) {
  auto shot = deliver(message("other") + message("hello", '\x31') + message("hello", '\x30'));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 2), "hello");
  shot = deliver(message("other"), "600");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 2), "No valid message received");
}

TEST_F(MqttTest, goes_on_when_the_message_does_not_come) {
  // A part of a message is there when the wait ends, and the rest comes with the next answer.
  auto shot = deliver("\x32\x14", "600");
  EXPECT_NE(shot->code(), ResultCode::kSuccess);  // for what follows is read as the rest of it
  shot = deliver("", "600");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(text(*shot, 2), StartsWith("Message reception timed out after 0."));
  EXPECT_EQ(text(*shot, 3), "Unsubscription successful");
  EXPECT_THAT(story(*shot), HasSubstr("the message has not come"));
}

TEST_F(MqttTest, does_not_wait_for_a_message_to_which_it_may_not_subscribe) {
  auto talk = talk_;
  talk[1].reply = "\x90\x03\x00\x01\x80"s;
  talk[2].reply = kPublished;
  auto shot = play(maker(), script_of(talk, talk.size()));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "Subscription failed: the server refuses it");
  EXPECT_EQ(text(*shot, 2), "Message reception skipped due to failed subscription");
}

TEST_F(MqttTest, only_connects_without_a_topic) {
  Peer peer({{Peer::expect("MQTT"), Peer::send(kAccepted), Peer::expect("\xe0"), Peer::close()}});
  auto shot = run(*make(peer.port(), {{"topic", ""}}), aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(texts(*shot),
              ElementsAre("No topic, subscription test skipped", "No topic, publish test skipped",
                          "No topic, receive test skipped", "No topic, unsubscription test skipped", "ms"));
  EXPECT_THAT(peer.received(), HasSubstr("holter"));  // a client id of its own
}

TEST_F(MqttTest, refuses_packets_that_no_server_may_send) {
  for (const auto& bytes : {"\x21\x02\x00\x00"s,                       // flags
                            "\x20\x03\x00\x00\x00"s,                   // length
                            "\x20\xff\xff\xff\xff\x7f"s,               // five bytes of length
                            "\x90\x03\x00\x01\x01"s,                   // before CONNACK
                            kAccepted + kAccepted,                     // twice
                            kAccepted + kPublished,                    // nothing was published yet
                            kAccepted + "\x90\x03\x00\x09\x01"s,       // another number
                            kAccepted + "\x32\x03\x00\x05"s + "a",     // the topic is longer than the packet
                            kAccepted + message("hello", '\x34'),      // QoS 2
                            kAccepted + "\x32\x05\x00\x01t\x00\x00"s,  // QoS 1 with the number 0
                            "HTTP/1.1 400 Bad Request\r\n\r\n"s}) {
    auto shot = answer(bytes);
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << ::testing::PrintToString(bytes);
    EXPECT_THAT(shot->message(), AnyOf(HasSubstr("this is not MQTT 3.1.1"), HasSubstr("answers nothing that was sent")))
        << ::testing::PrintToString(bytes);
  }
  auto large = answer(kAccepted + "\x30\xff\xff\xff\x7f"s);
  EXPECT_EQ(large->code(), ResultCode::kFail);
  EXPECT_THAT(large->message(), HasSubstr("a packet has 256 MiB; at most 256 KiB are taken"));
}

TEST_F(MqttTest, refuses_recordings_that_are_wrong) {
  auto probe = make(1883);
  for (const char* text : {"", "2", "zz", "20020000 90", "20020005", "20020000 400200"}) {
    OneShot shot(services_, aliases_.size(), account_);
    shot.replay(*probe, text);
    bool empty = std::string_view(text).empty();
    EXPECT_EQ(shot.code() == ResultCode::kSuccess, empty) << text;
    if (!empty) EXPECT_THAT(shot.message(), StartsWith("cannot ")) << text;
  }
}

TEST_F(MqttTest, refuses_blocks_that_are_wrong) {
  for (const auto& [key, value] : Keys{{"host", ""},
                                       {"port", "0"},
                                       {"protocol", "WS"},
                                       {"topic", "a/#"},
                                       {"topic", std::string(1025, 'a')},
                                       {"testMessage", std::string(4097, 'a')},
                                       {"keepalive", "65536"},
                                       {"keepalive", "-1"},
                                       {"password", "alone"},
                                       {"tlsVersion", "SSLv3"},
                                       {"enableMutualAuth", "true"},
                                       {"caCert", std::string(40000, 'a')}}) {
    auto probe = compile(1883, {{key, value}});
    ASSERT_FALSE(probe) << key << ": " << value;
    EXPECT_THAT(probe.error().message(), StartsWith("cannot ")) << key;
    EXPECT_THAT(probe.error().message(), Not(HasSubstr("alone'"))) << key;
  }
}

TEST(MqttPacket, writes_lengths_of_more_than_one_byte) {
  auto packet = publish_packet(2, "t", std::string(321 - 5, 'x'));
  EXPECT_EQ(packet.substr(0, 3), "\x32\xc1\x02"s);
  auto head = parse_head("\x30\xc1\x02"s).value();
  EXPECT_EQ(head->length, 321);
  EXPECT_FALSE(parse_head("\x30\xc1"s).value());
}

}  // namespace
}  // namespace holter::collect::mqtt
