#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::mqtt {

// MQTT 3.1.1 (OASIS standard of 29 October 2014), as far as a client needs it that subscribes and publishes once.

/// Kinds of packets (section 2.2.1).
enum class Type : std::uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kDisconnect = 14
};

constexpr std::size_t kMostText = 65535;        ///< bytes of a topic, a user name...: two bytes say how many
constexpr std::size_t kMostPacket = 256 << 10;  ///< bytes that are taken of one packet; the standard allows 256 MiB

struct Login {
  std::string client_id, user, password;
  std::uint16_t keepalive_s = 60;
};

// Packets to be sent; no text is longer than kMostText. Topics are subscribed to and published on with QoS 1.
std::string connect_packet(const Login& login);
std::string subscribe_packet(std::uint16_t id, std::string_view topic);
std::string publish_packet(std::uint16_t id, std::string_view topic, std::string_view payload);
std::string puback_packet(std::uint16_t id);
std::string unsubscribe_packet(std::uint16_t id, std::string_view topic);
std::string disconnect_packet();

/// How a packet begins.
struct Head {
  Type type{};
  std::uint8_t flags = 0;
  std::size_t length = 0;  ///< of what follows, at most kMostPacket
};

/// Nothing while `bytes`, the first one to five, do not say all. Errors: kProtocolViolation for what no server may
/// send, kTooLarge.
Result<std::optional<Head>> parse_head(std::string_view bytes);

/// A packet of a server. Texts are parts of what it was read from.
struct Packet {
  Type type{};
  std::uint16_t id = 0;             ///< what is acknowledged; of a message with QoS 1 what must be acknowledged, else 0
  std::uint8_t code = 0;            ///< CONNACK: 0 is accepted; SUBACK: 0x80 is refused
  bool retained = false;            ///< PUBLISH: it was there before the subscription
  std::string_view topic, payload;  ///< PUBLISH
};

/// `body` has head.length bytes. Errors: kProtocolViolation.
Result<Packet> parse_packet(const Head& head, std::string_view body);

/// Why a server refused the connection (section 3.2.2.3).
std::string_view refusal_text(std::uint8_t code);

/// A topic that can be published on (section 4.7): 1 to kMostText bytes of UTF-8 without wildcards and zeros.
/// Errors: kInvalidArgument.
Status check_topic(std::string_view topic);

}  // namespace holter::collect::mqtt
