#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <random>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/hex.h"
#include "collect/protocols/mqtt/talk.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostMessage = 4096;  // it is sent from the memory that every attempt holds
constexpr std::size_t kMostName = 1024;     // a topic, a user name...
constexpr std::size_t kMostPem = 32 << 10;
constexpr milliseconds kMostWait{5000};  // for the message that was published

/// Connects, subscribes to a topic, publishes on it, waits for the message, and unsubscribes.
class MqttProbe final : public StreamProbe {
 public:
  MqttProbe(const ProbeConfig& config, StreamTarget target, mqtt::Login login)
      : StreamProbe(config, std::move(target)),
        login_(std::move(login)),
        topic_(config.block.text_or("topic")),
        message_(config.block.text_or("testMessage")) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + sizeof(*this) - sizeof(StreamProbe) + login_.client_id.capacity() +
           login_.user.capacity() + login_.password.capacity() + topic_.capacity() + message_.capacity();
  }

  /// The packets of the server in hexadecimal digits.
  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto bytes = from_hex(answer, mqtt::Talk::kMostHeard);
    if (!bytes) return {ResultCode::kFail, bytes.error().message()};
    mqtt::Findings findings;
    for (std::string_view rest = *bytes; !rest.empty();) {
      auto taken = take_packet(rest, findings);
      if (!taken) return outcome_of_mqtt(std::move(taken).error().with_context("cannot read the answer"));
    }
    return add_row(attempt, findings, 0, kMostWait);
  }

 private:
  static Outcome outcome_of_mqtt(const Error& error) {
    auto outcome = outcome_of(error);
    // The server was reached and spoke its language.
    if (error.code() == ErrorCode::kUnauthenticated) outcome.code = ResultCode::kFail;
    return outcome;
  }

  Status take_packet(std::string_view& rest, mqtt::Findings& findings) const {
    std::optional<mqtt::Head> head;
    std::size_t taken = 0;
    while (!head && taken < rest.size()) {
      TRY(head, mqtt::parse_head(rest.substr(0, ++taken)));
    }
    if (!head || rest.size() - taken < head->length)
      return Error(ErrorCode::kProtocolViolation, "it ends within a packet");
    TRY(auto packet, mqtt::parse_packet(*head, rest.substr(taken, head->length)));
    rest.remove_prefix(taken + head->length);
    return findings.take(packet, message_);
  }

  awaitable<Outcome> run(Attempt& attempt) override {
    auto stream = co_await open_stream(&attempt, &target_);
    if (!stream) co_return outcome_of(stream.error());
    mqtt::Talk talk(&attempt, stream->get(), message_);
    double time_ms = 0;
    milliseconds waited{};
    auto done = co_await converse(&attempt, &talk, &time_ms, &waited);
    talk.note_answer();
    if (!done) co_return outcome_of_mqtt(done.error());
    co_return add_row(attempt, talk.findings(), time_ms, waited);
  }

  awaitable<Status> converse(Attempt* attempt, mqtt::Talk* talk, double* time_ms, milliseconds* waited) const {
    auto login = login_;
    if (login.client_id.empty()) login.client_id = new_client_id();
    CO_TRY_OK(co_await talk->connect(&login));
    *time_ms = elapsed_ms(*attempt);
    if (!topic_.empty()) {
      CO_TRY_OK(co_await talk->subscribe(topic_));
      if (!message_.empty()) {
        CO_TRY_OK(co_await talk->publish(topic_));
        // What is left of the time must do for the good-byes, too.
        auto now = attempt->services().clock.mono();
        auto wait = std::min<nanoseconds>(kMostWait, (attempt->deadline() - now) / 2);
        *waited = std::chrono::duration_cast<milliseconds>(wait);
        if (*talk->findings().subscribed) CO_TRY_OK(co_await talk->receive(now + wait));
      }
      CO_TRY_OK(co_await talk->unsubscribe(topic_));
    }
    co_await talk->disconnect();
    co_return Status();
  }

  /// What every server must accept: up to 23 letters and digits (section 3.1.3.1), of nobody else.
  static std::string new_client_id() {
    std::random_device random;
    return fmt::format("holter{:08x}{:08x}", random(), random());
  }

  std::string received_text(const mqtt::Findings& findings, milliseconds waited) const {
    if (topic_.empty()) return "No topic, receive test skipped";
    if (message_.empty()) return "No test message, receive test skipped";
    if (!findings.published) return "Message reception skipped due to failed publish";
    if (findings.received) return message_;
    if (!findings.subscribed.value_or(false)) return "Message reception skipped due to failed subscription";
    if (findings.others > 0) return "No valid message received";
    return fmt::format("Message reception timed out after {:g} seconds",
                       std::round(static_cast<double>(waited.count()) / 100) / 10);
  }

  Outcome add_row(Attempt& attempt, const mqtt::Findings& findings, double time_ms, milliseconds waited) const {
    auto received = received_text(findings, waited);
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      if (alias == "canSubscribe")
        return topic_.empty()                        ? "No topic, subscription test skipped"
               : findings.subscribed.value_or(false) ? "Subscription successful"
                                                     : "Subscription failed: the server refuses it";
      if (alias == "canPublish")
        return topic_.empty()       ? "No topic, publish test skipped"
               : message_.empty()   ? "No test message, publish test skipped"
               : findings.published ? "Message published successfully"
                                    : "Message publishing failed: the server does not confirm it";
      if (alias == "canReceive") return received;
      if (alias == "canUnSubscribe")
        return topic_.empty()          ? "No topic, unsubscription test skipped"
               : findings.unsubscribed ? "Unsubscription successful"
                                       : "Unsubscription failed: the server does not confirm it";
      return std::nullopt;
    });
  }

  const mqtt::Login login_;
  const std::string topic_, message_;
};

Status check_length(const model::Node& block, std::string_view key, std::size_t most) {
  auto text = block.text_or(key);
  if (text.size() <= most) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use '{}' of {} bytes: at most {} are possible", key, text.size(), most));
}

/// TLS by the keys of this protocol: certificates are texts, not files.
Status read_tls(const model::Node& block, StreamTarget& target) {
  target.tls = target.tls || !same_text(block.text_or("protocol", "MQTT"), "MQTT");
  auto& options = target.tls_options;
  if (flag_of(block, "insecureSkipVerify", false)) options.verify = false;
  for (auto key : {"caCert", "clientCert", "clientKey"}) TRY_OK(check_length(block, key, kMostPem));
  options.ca_text = block.text_or("caCert");
  if (flag_of(block, "enableMutualAuth", false)) {
    options.certificate_text = block.text_or("clientCert");
    options.key_text = block.text_or("clientKey");
    if (options.certificate_text.empty() || options.key_text.empty())
      return Error(ErrorCode::kInvalidArgument, "cannot use a client certificate: clientCert and clientKey are needed");
  }
  auto version = block.text_or("tlsVersion");
  options.only_tls13 = same_text(version, "TLSv1.3");
  if (!version.empty() && !options.only_tls13 && !same_text(version, "TLSv1.2"))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the tlsVersion '{}': TLSv1.2 or TLSv1.3 is needed", excerpt(version)));
  return {};
}

Result<std::uint16_t> keepalive_of(std::string_view text) {
  std::uint16_t seconds = 60;
  if (text.empty()) return seconds;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure == std::errc() && end == text.data() + text.size()) return seconds;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use 'keepalive: {}': 0 to 65535 seconds are possible", excerpt(text)));
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  auto protocol = block.text_or("protocol", "MQTT");
  if (!same_text(protocol, "MQTT") && !same_text(protocol, "MQTTS"))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the protocol '{}': MQTT or MQTTS is needed", excerpt(protocol)));
  TRY(auto target, StreamTarget::of(block, same_text(protocol, "MQTT") ? 1883 : 8883, 8883));
  TRY_OK(read_tls(block, target));
  for (auto key : {"clientId", "username", "password", "topic"}) TRY_OK(check_length(block, key, kMostName));
  TRY_OK(check_length(block, "testMessage", kMostMessage));
  TRY(auto keepalive, keepalive_of(block.text_or("keepalive")));
  mqtt::Login login{.client_id = std::string(block.text_or("clientId")),
                    .user = std::string(block.text_or("username")),
                    .password = std::string(block.text_or("password")),
                    .keepalive_s = keepalive};
  if (login.user.empty() && !login.password.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot log in with a password alone: MQTT 3.1.1 wants a user name, too");
  if (auto topic = block.text_or("topic"); !topic.empty()) TRY_OK(mqtt::check_topic(topic));
  return std::make_unique<MqttProbe>(config, std::move(target), std::move(login));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 1883, with TLS 8883"},
                             {"protocol", false, "MQTT, or MQTTS: TLS"},
                             {"timeout", false, "ms, from name resolution to the last packet; default 6000"},
                             {"keepalive", false, "seconds, as the server is told; default 60"},
                             {"clientId", false, "empty: a new one for each check"},
                             {"username", false, "empty: none is sent"},
                             {"password", false, "with a user name only"},
                             {"topic", false, "without wildcards; empty: only connects"},
                             {"testMessage", false, "what is published on the topic; empty: nothing"},
                             {"tlsVersion", false, "TLSv1.2: at least that; TLSv1.3: only that"},
                             {"insecureSkipVerify", false, "true: any certificate will do"},
                             {"verifyTls", false, "false: the same"},
                             {"caCert", false, "PEM text of authorities that are trusted besides the system's"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"enableMutualAuth", false, "true: show clientCert"},
                             {"clientCert", false, "PEM text of the client's certificate"},
                             {"clientKey", false, "PEM text of its key, without a pass phrase"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& mqtt_plugin() {
  static constexpr PluginInfo kInfo{.name = "mqtt", .block = "mqtt", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
