#include "collect/protocols/mongodb/message.h"

#include <cstring>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect::mongodb {
namespace {

constexpr std::int32_t kOpMsg = 2013;

std::int32_t number_at(std::string_view bytes, std::size_t at) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}
std::string bytes_of(std::int32_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}
Error violation(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("this is not MongoDB: {}", why)};
}

}  // namespace

std::string op_msg(std::int32_t request, std::string_view document) {
  auto length = static_cast<std::int32_t>(kHeadBytes + 4 + 1 + document.size());
  auto bytes = bytes_of(length) + bytes_of(request) + bytes_of(0) + bytes_of(kOpMsg) + bytes_of(0) + '\0';
  return bytes.append(document);
}

Result<Head> parse_head(std::string_view bytes) {
  if (bytes.size() < kHeadBytes) return violation("the head of a message is not whole");
  auto length = number_at(bytes, 0), operation = number_at(bytes, 12);
  if (operation != kOpMsg) return violation(fmt::format("a message begins with '{}'", excerpt(bytes, 32)));
  if (length < static_cast<std::int32_t>(kHeadBytes + 4 + 1 + 5))
    return violation(fmt::format("a length of {}", length));
  Head head{.answers = number_at(bytes, 8), .body_bytes = static_cast<std::size_t>(length) - kHeadBytes};
  if (head.body_bytes > kMostReply)
    return Error(ErrorCode::kTooLarge, fmt::format("the reply has {}; at most {} are taken",
                                                   format_size(head.body_bytes), format_size(kMostReply)));
  return head;
}

Result<std::string_view> parse_body(std::string_view body) {
  // None was asked for: no checksum (bit 0), no further replies (bit 1), and what other required bits mean is unknown.
  constexpr std::int32_t kRequired = 0xffff;
  if (body.size() < 5 || (number_at(body, 0) & kRequired) != 0) return violation("a reply with unknown flags");
  if (body[4] != 0) return violation(fmt::format("a section of kind {}", static_cast<int>(body[4])));
  return body.substr(5);
}

}  // namespace holter::collect::mongodb
