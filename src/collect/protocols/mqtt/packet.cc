#include "collect/protocols/mqtt/packet.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect::mqtt {
namespace {

constexpr std::size_t kMostLengthBytes = 4;

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string text(std::string_view value) {
  return number(value.size()).append(value);
}

std::string packet(Type type, std::uint8_t flags, std::string_view body) {
  std::string bytes{static_cast<char>(static_cast<unsigned>(type) << 4 | flags)};
  auto rest = body.size();
  do {
    bytes += static_cast<char>(rest % 128 | (rest >= 128 ? 0x80 : 0));
    rest /= 128;
  } while (rest > 0);
  return bytes.append(body);
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8 |
                                    static_cast<std::uint8_t>(bytes[at + 1]));
}

Error violation(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("this is not MQTT 3.1.1: {}", why)};
}

Result<Packet> parse_message(const Head& head, std::string_view body) {
  auto qos = head.flags >> 1 & 3;
  if (qos > 1) return violation(fmt::format("a message with QoS {} where at most 1 was asked for", qos));
  auto id_bytes = qos > 0 ? 2U : 0U;
  if (body.size() < 2 || body.size() < 2U + number_at(body, 0) + id_bytes)
    return violation(fmt::format("a message of {} bytes ends within its topic", body.size()));
  Packet packet{.type = Type::kPublish, .retained = (head.flags & 1) != 0, .topic = body.substr(2, number_at(body, 0))};
  auto at = 2 + packet.topic.size();
  if (qos > 0) packet.id = number_at(body, at);
  if (qos > 0 && packet.id == 0) return violation("a message with QoS 1 has the number 0");
  packet.payload = body.substr(at + id_bytes);
  return packet;
}

}  // namespace

std::string connect_packet(const Login& login) {
  constexpr std::uint8_t kCleanSession = 0x02, kPassword = 0x40, kUser = 0x80;
  std::string body = text("MQTT");
  body += '\x04';  // the version of the protocol
  body +=
      static_cast<char>(kCleanSession | (login.user.empty() ? 0 : kUser) | (login.password.empty() ? 0 : kPassword));
  body += number(login.keepalive_s) + text(login.client_id);
  if (!login.user.empty()) body += text(login.user);
  if (!login.password.empty()) body += text(login.password);
  return packet(Type::kConnect, 0, body);
}

std::string subscribe_packet(std::uint16_t id, std::string_view topic) {
  return packet(Type::kSubscribe, 2, number(id) + text(topic) + '\x01');
}

std::string publish_packet(std::uint16_t id, std::string_view topic, std::string_view payload) {
  constexpr std::uint8_t kQos1 = 1 << 1;
  return packet(Type::kPublish, kQos1, (text(topic) + number(id)).append(payload));
}

std::string puback_packet(std::uint16_t id) {
  return packet(Type::kPuback, 0, number(id));
}

std::string unsubscribe_packet(std::uint16_t id, std::string_view topic) {
  return packet(Type::kUnsubscribe, 2, number(id) + text(topic));
}

std::string disconnect_packet() {
  return packet(Type::kDisconnect, 0, {});
}

Result<std::optional<Head>> parse_head(std::string_view bytes) {
  if (bytes.empty()) return std::optional<Head>();
  auto first = static_cast<std::uint8_t>(bytes[0]);
  Head head{.type = static_cast<Type>(first >> 4), .flags = static_cast<std::uint8_t>(first & 15)};
  bool known = head.type == Type::kConnack || head.type == Type::kPublish || head.type == Type::kPuback ||
               head.type == Type::kSuback || head.type == Type::kUnsuback;
  if (!known || (head.flags != 0 && head.type != Type::kPublish))
    return violation(fmt::format("a packet begins with the byte 0x{:02x}", first));
  for (std::size_t i = 0; i < kMostLengthBytes; ++i) {
    if (i + 1 >= bytes.size()) return std::optional<Head>();
    auto byte = static_cast<std::uint8_t>(bytes[i + 1]);
    head.length |= static_cast<std::size_t>(byte & 127) << (7 * i);
    if ((byte & 128) != 0) continue;
    if (head.length > kMostPacket)
      return Error(ErrorCode::kTooLarge, fmt::format("a packet has {}; at most {} are taken", format_size(head.length),
                                                     format_size(kMostPacket)));
    return std::optional(head);
  }
  return violation("the length of a packet has more than four bytes");
}

Result<Packet> parse_packet(const Head& head, std::string_view body) {
  if (head.type == Type::kPublish) return parse_message(head, body);
  Packet packet{.type = head.type};
  bool has_id = head.type != Type::kConnack, has_code = head.type == Type::kConnack || head.type == Type::kSuback;
  std::size_t wanted = has_id && has_code ? 3 : 2;
  if (body.size() != wanted)
    return violation(fmt::format("a packet of type {} has {} bytes instead of {}", static_cast<int>(head.type),
                                 body.size(), wanted));
  if (has_id) packet.id = number_at(body, 0);
  if (has_code) packet.code = static_cast<std::uint8_t>(body.back());
  return packet;
}

std::string_view refusal_text(std::uint8_t code) {
  switch (code) {
    case 1:
      return "it does not speak MQTT 3.1.1";
    case 2:
      return "it does not accept the client id";
    case 3:
      return "its service is unavailable";
    case 4:
      return "bad user name or password";
    case 5:
      return "not authorized";
    default:
      return "for no reason that the standard knows";
  }
}

Status check_topic(std::string_view topic) {
  if (topic.empty() || topic.size() > kMostText ||
      topic.find_first_of(std::string_view("#+\0", 3)) != std::string_view::npos)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the topic '{}': 1 to {} bytes without +, # and zeros are needed",
                             excerpt(topic), kMostText));
  return {};
}

}  // namespace holter::collect::mqtt
