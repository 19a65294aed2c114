#include "history/wire/frame.h"

#include <bit>
#include <boost/crc.hpp>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "history/wire/sql_message.h"

namespace holter::history::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go to the wire as they stand in memory");

using HeaderBytes = std::array<std::byte, kHeaderBytes>;

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
template <class T>
void store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(value));
}

/// CRC-32 of the header with a checksum of zero, then the payload.
std::uint32_t checksum(const HeaderBytes& header, Bytes payload) {
  boost::crc_32_type crc;
  crc.process_bytes(header.data(), header.size());
  crc.process_bytes(payload.data(), payload.size());
  return crc.checksum();
}

HeaderBytes pack(const FrameHeader& header, std::uint32_t crc) {
  HeaderBytes out;
  store(out.data(), kMagic);
  store(out.data() + 4, kVersion);
  store(out.data() + 6, static_cast<std::uint16_t>(header.type));
  store(out.data() + 8, header.length);
  store(out.data() + 12, crc);
  store(out.data() + 16, header.id);
  return out;
}

Error corrupt(std::string message) {
  return {ErrorCode::kCorruption, std::move(message)};
}

}  // namespace

std::string_view to_string(FrameType type) {
  switch (type) {
    case FrameType::kHello:
      return "hello";
    case FrameType::kSamples:
      return "samples";
    case FrameType::kTexts:
      return "texts";
    case FrameType::kRounds:
      return "rounds";
    case FrameType::kSeries:
      return "series";
    case FrameType::kCommit:
      return "commit";
    case FrameType::kAck:
      return "ack";
    case FrameType::kRangeQuery:
      return "range query";
    case FrameType::kRoundsQuery:
      return "rounds query";
    case FrameType::kRangeAnswer:
      return "range answer";
    case FrameType::kRoundsAnswer:
      return "rounds answer";
    case FrameType::kFailure:
      return "failure";
    case FrameType::kStats:
      return "stats";
    case FrameType::kStop:
      return "stop";
    case FrameType::kHeartbeatsQuery:
      return "heartbeats query";
    case FrameType::kHeartbeatsAnswer:
      return "heartbeats answer";
    case FrameType::kRoundListQuery:
      return "round list query";
    case FrameType::kRoundListAnswer:
      return "round list answer";
    case FrameType::kSqlQuery:
      return "SQL query";
    case FrameType::kSqlAnswer:
      return "SQL answer";
  }
  return {};
}

bool is_answer(FrameType type) {
  return type == FrameType::kRangeAnswer || type == FrameType::kRoundsAnswer || type == FrameType::kHeartbeatsAnswer ||
         type == FrameType::kRoundListAnswer || type == FrameType::kSqlAnswer || type == FrameType::kFailure;
}

std::size_t payload_limit(FrameType type) {
  switch (type) {
    case FrameType::kSamples:
    case FrameType::kTexts:
    case FrameType::kRounds:
    case FrameType::kSeries:
      return kMaxRowsBytes;
    case FrameType::kRangeAnswer:
    case FrameType::kRoundsAnswer:
    case FrameType::kHeartbeatsAnswer:
    case FrameType::kRoundListAnswer:
    case FrameType::kSqlAnswer:
      return kMaxAnswerBytes;
    case FrameType::kSqlQuery:
      return kMaxSqlBytes + 17;
    default:
      return kMaxOtherBytes;
  }
}

std::size_t decoded_limit(FrameType type, std::size_t length) {
  return type == FrameType::kSqlAnswer ? kSqlDecodedFactor * length : length;
}

HeaderBytes encode_header(FrameType type, std::uint64_t id, Bytes payload) {
  CHECK(payload.size() <= payload_limit(type));
  FrameHeader header{type, static_cast<std::uint32_t>(payload.size()), 0, id};
  return pack(header, checksum(pack(header, 0), payload));
}

Result<FrameHeader> decode_header(std::span<const std::byte, kHeaderBytes> bytes) {
  if (auto magic = load<std::uint32_t>(bytes.data()); magic != kMagic)
    return corrupt(fmt::format("cannot read a frame: it begins with {:08x} instead of {:08x}", magic, kMagic));
  if (auto version = load<std::uint16_t>(bytes.data() + 4); version != kVersion)
    return corrupt(fmt::format("cannot read a frame of version {}: this program knows {}", version, kVersion));
  FrameHeader header;
  header.type = static_cast<FrameType>(load<std::uint16_t>(bytes.data() + 6));
  header.length = load<std::uint32_t>(bytes.data() + 8);
  header.crc = load<std::uint32_t>(bytes.data() + 12);
  header.id = load<std::uint64_t>(bytes.data() + 16);
  if (to_string(header.type).empty())
    return corrupt(fmt::format("cannot read a frame of type {}: there is none", static_cast<int>(header.type)));
  if (header.length > payload_limit(header.type))
    return corrupt(fmt::format("cannot read a {} frame of {} bytes: the limit is {}", to_string(header.type),
                               header.length, payload_limit(header.type)));
  return header;
}

Status check_payload(const FrameHeader& header, Bytes payload) {
  auto crc = checksum(pack(header, 0), payload);
  if (payload.size() == header.length && crc == header.crc) return {};
  return corrupt(fmt::format("cannot read a {} frame of {} bytes: its checksum is {:08x} instead of {:08x}",
                             to_string(header.type), payload.size(), crc, header.crc));
}

}  // namespace holter::history::wire
