#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

// Frames between the main process and its history child: docs/formats/history-stream.md.
namespace holter::history::wire {

using Bytes = std::span<const std::byte>;

inline constexpr std::uint32_t kMagic = 0x52544c48;  // "HLTR"
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::size_t kMaxRowsBytes = 8U << 20;    ///< payload of a rows frame
inline constexpr std::size_t kMaxAnswerBytes = 4U << 20;  ///< payload of an answer
inline constexpr std::size_t kMaxOtherBytes = 4U << 10;   ///< payload of all other frames

enum class FrameType : std::uint16_t {
  kHello = 1,
  kSamples = 2,  ///< one Arrow IPC stream, as the three below
  kTexts = 3,
  kRounds = 4,
  kSeries = 5,
  kCommit = 6,  ///< end of a batch
  kAck = 7,
  kRangeQuery = 8,
  kRoundsQuery = 9,
  kRangeAnswer = 10,
  kRoundsAnswer = 11,
  kFailure = 12,
  kStats = 13,
  kStop = 14,
  kHeartbeatsQuery = 15,
  kHeartbeatsAnswer = 16,
  kRoundListQuery = 17,
  kRoundListAnswer = 18,
  kSqlQuery = 19,
  kSqlAnswer = 20,
};
std::string_view to_string(FrameType type);

/// Whether it answers a query: an answer of some kind, or the failure.
bool is_answer(FrameType type);

/// Most bytes that a payload of this type may have.
std::size_t payload_limit(FrameType type);

/// Most memory that a payload of this type takes once it is decoded.
std::size_t decoded_limit(FrameType type, std::size_t length);

struct FrameHeader {
  FrameType type = FrameType::kHello;
  std::uint32_t length = 0;  ///< of the payload
  std::uint32_t crc = 0;
  std::uint64_t id = 0;  ///< of the batch or the query
};

/// The header that goes before `payload`. The payload must be within the type's limit (checked).
std::array<std::byte, kHeaderBytes> encode_header(FrameType type, std::uint64_t id, Bytes payload);

/// Reads a header. Errors: kCorruption for another magic, version or type, or a length above the type's limit: nothing
/// that follows can be read then.
Result<FrameHeader> decode_header(std::span<const std::byte, kHeaderBytes> bytes);

/// Holds header and payload against the checksum. Errors: kCorruption.
Status check_payload(const FrameHeader& header, Bytes payload);

}  // namespace holter::history::wire
