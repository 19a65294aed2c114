#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "net/snmp_oid.h"

namespace holter::net {

/// Tags of SNMP (RFC 2578, section 7; RFC 3416, section 3).
enum class BerType : std::uint8_t {
  kInteger = 0x02,
  kOctets = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kSequence = 0x30,
  kIpAddress = 0x40,
  kCounter = 0x41,
  kGauge = 0x42,
  kTimeTicks = 0x43,
  kOpaque = 0x44,
  kCounter64 = 0x46,
  kNoSuchObject = 0x80,
  kNoSuchInstance = 0x81,
  kEndOfMibView = 0x82,
  kGet = 0xa0,
  kGetNext = 0xa1,
  kResponse = 0xa2,
  kGetBulk = 0xa5,
  kReport = 0xa8,
};

/// Reads ASN.1 in BER (RFC 3417, section 8), element after element; nothing is copied but identifiers. Not by
/// net-snmp's functions, which read some bytes past the end of a torn element. Lifetime: the bytes outlive it.
class BerReader {
 public:
  explicit BerReader(std::string_view bytes = {}) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  /// Of the next element.
  bool next_is(BerType type) const {
    return !rest_.empty() && static_cast<std::uint8_t>(rest_[0]) == std::to_underlying(type);
  }

  // Each takes the next element; nullopt when it is not of that type, torn, or out of range.
  std::optional<BerReader> constructed(BerType type);
  std::optional<std::string_view> octets(BerType type);
  std::optional<std::int64_t> integer();
  /// Counter32, Gauge32, TimeTicks and Counter64.
  std::optional<std::uint64_t> natural(BerType type);
  bool oid(OidBuffer& into);
  /// Any element: its tag and content.
  struct Element {
    std::uint8_t type;
    std::string_view content;
  };
  std::optional<Element> element();

 private:
  std::string_view rest_;
};

/// The number in a content of whole octets, two's complement; of naturals also with a zero octet in front. Values
/// beyond 64 bits are none.
std::optional<std::int64_t> ber_integer(std::string_view content);
std::optional<std::uint64_t> ber_natural(std::string_view content);
bool ber_oid(std::string_view content, OidBuffer& into);
/// Float or double that net-snmp's agents wrap into an Opaque (UCD-SNMP-MIB has such); nullopt for any other content.
std::optional<double> ber_opaque_number(std::string_view content);

/// Writes BER by net-snmp's functions, from the end to the beginning, as lengths want it, into a buffer of its own.
class BerWriter {
 public:
  static constexpr std::size_t kMostBytes = 8 * 1024;

  // Each puts an element in front of what there is. False, for good, when there was no room.
  bool integer(std::int64_t value);
  bool octets(std::string_view bytes);
  bool oid(OidView oid);
  bool null();
  /// Puts tag and length in front of the bytes that were written since `size() == from`.
  bool wrap(BerType type, std::size_t from = 0);

  std::size_t size() const { return offset_; }
  bool failed() const { return failed_; }
  std::string_view bytes() const;

 private:
  bool note(int ok);

  std::array<unsigned char, kMostBytes> buffer_;
  std::size_t offset_ = 0;
  bool failed_ = false;
};

}  // namespace holter::net
