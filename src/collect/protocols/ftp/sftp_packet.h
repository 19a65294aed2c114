#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::sftp {

// Version 3 of the SSH file transfer protocol (draft-ietf-secsh-filexfer-02), as far as a look at a directory needs it.

/// Kinds of packets (section 3).
enum class Type : std::uint8_t {
  kInit = 1,
  kVersion = 2,
  kClose = 4,
  kOpenDirectory = 11,
  kStat = 17,
  kStatus = 101,
  kHandle = 102,
  kAttributes = 105
};

/// Codes of kStatus (section 7) that say something of the directory.
constexpr std::uint32_t kNoSuchFile = 2, kPermissionDenied = 3, kFailure = 4;

constexpr std::uint32_t kOurVersion = 3;
constexpr std::size_t kLengthBytes = 4;  ///< the length in front of each packet
constexpr std::size_t kMostPacket =
    34000;                                ///< bytes that are taken of one packet: what everybody must take (section 3)
constexpr std::size_t kMostHandle = 256;  ///< section 6.3

// Packets to be sent, their length included. `text` is a path, or of kClose a handle.
std::string init_packet();
std::string request_packet(Type type, std::uint32_t id, std::string_view text);

/// How many bytes follow these kLengthBytes. Errors: kProtocolViolation, kTooLarge.
Result<std::size_t> parse_length(std::string_view bytes);

/// What a server answers. `text` is a part of what it was read from.
struct Answer {
  Type type{};
  std::uint32_t id = 0;                 ///< of the request; kVersion has none
  std::optional<std::uint32_t> number;  ///< version, code of a status, or permissions, which a server may leave out
  std::string_view text;                ///< message of a status, which old servers leave out, or handle
};

/// `bytes` is a whole packet without its length; what stands behind all that is known of it does not matter. Errors:
/// kProtocolViolation for one that breaks off, or that answers nothing that is asked here.
Result<Answer> parse_answer(std::string_view bytes);

}  // namespace holter::collect::sftp
