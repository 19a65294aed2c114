#include "collect/protocols/ftp/sftp_packet.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect::sftp {
namespace {

// What attributes have, in this order (section 5).
constexpr std::uint32_t kHasSize = 1, kHasOwner = 2, kHasPermissions = 4;

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string packet(Type type, std::string_view body) {
  auto bytes = number(static_cast<std::uint32_t>(1 + body.size()));
  bytes += static_cast<char>(type);
  return bytes.append(body);
}

Error violation(std::string why) {
  return {ErrorCode::kProtocolViolation, std::move(why)};
}

/// Takes values off the front of a packet; what it has no more of is missing from then on.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool broke_off() const { return broke_off_; }
  bool at_end() const { return bytes_.empty(); }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) broke_off_ = true;
    if (broke_off_) return {};
    auto taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (char byte : take(4)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::string_view text() { return take(number()); }

 private:
  std::string_view bytes_;
  bool broke_off_ = false;
};

void read_body(Reader& reader, Answer& answer) {
  switch (answer.type) {
    case Type::kVersion:  // extensions may follow
    case Type::kStatus:
      answer.number = reader.number();
      if (answer.type == Type::kStatus && !reader.at_end()) answer.text = reader.text();
      break;
    case Type::kHandle:
      answer.text = reader.text();
      break;
    default: {
      auto flags = reader.number();
      if ((flags & kHasSize) != 0) reader.take(8);
      if ((flags & kHasOwner) != 0) reader.take(8);
      if ((flags & kHasPermissions) != 0) answer.number = reader.number();
    }
  }
}

}  // namespace

std::string init_packet() {
  return packet(Type::kInit, number(kOurVersion));
}

std::string request_packet(Type type, std::uint32_t id, std::string_view text) {
  return packet(type, (number(id) + number(static_cast<std::uint32_t>(text.size()))).append(text));
}

Result<std::size_t> parse_length(std::string_view bytes) {
  Reader reader(bytes);
  std::size_t length = reader.number();
  if (reader.broke_off() || length == 0) return violation("this is not SFTP: a packet without a type");
  if (length > kMostPacket)
    return Error(ErrorCode::kTooLarge, fmt::format("a packet of {} begins with '{}'; at most {} are taken",
                                                   format_size(length), excerpt(bytes), format_size(kMostPacket)));
  return length;
}

Result<Answer> parse_answer(std::string_view bytes) {
  Reader reader(bytes);
  auto first = reader.take(1);
  if (first.empty()) return violation("this is not SFTP: a packet without a type");
  Answer answer{.type = static_cast<Type>(first[0])};
  auto type = static_cast<unsigned>(answer.type);
  bool known = answer.type == Type::kVersion || answer.type == Type::kStatus || answer.type == Type::kHandle ||
               answer.type == Type::kAttributes;
  if (!known) return violation(fmt::format("a packet of type {} answers nothing that was asked", type));
  if (answer.type != Type::kVersion) answer.id = reader.number();
  read_body(reader, answer);
  if (reader.broke_off()) return violation(fmt::format("a packet of type {} breaks off", type));
  if (answer.type == Type::kHandle && (answer.text.empty() || answer.text.size() > kMostHandle))
    return violation(fmt::format("a handle has {} bytes, and 1 to {} are allowed", answer.text.size(), kMostHandle));
  return answer;
}

}  // namespace holter::collect::sftp
