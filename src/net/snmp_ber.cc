#include "net/snmp_ber.h"

#include <algorithm>
#include <bit>

// The library's headers need its configuration first.
// clang-format off
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/types.h>
#include <net-snmp/library/asn1.h>
// clang-format on

namespace holter::net {

namespace {

constexpr std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

}  // namespace

std::optional<BerReader::Element> BerReader::element() {
  if (rest_.size() < 2) return std::nullopt;
  auto type = byte_of(rest_[0]);
  if ((type & 0x1f) == 0x1f) return std::nullopt;  // SNMP has no tags of several octets
  std::size_t length = byte_of(rest_[1]), start = 2;
  if (length >= 0x80) {
    auto octets = length & 0x7f;
    // Without a number of octets it would be the indefinite form, which SNMP forbids.
    if (octets == 0 || octets > 4 || rest_.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (; start < 2 + octets; ++start) length = (length << 8) | byte_of(rest_[start]);
  }
  if (length > rest_.size() - start) return std::nullopt;
  Element element{type, rest_.substr(start, length)};
  rest_.remove_prefix(start + length);
  return element;
}

std::optional<std::string_view> BerReader::octets(BerType type) {
  if (!next_is(type)) return std::nullopt;
  auto found = element();
  if (!found) return std::nullopt;
  return found->content;
}

std::optional<BerReader> BerReader::constructed(BerType type) {
  auto inside = octets(type);
  if (!inside) return std::nullopt;
  return BerReader(*inside);
}

std::optional<std::int64_t> BerReader::integer() {
  auto content = octets(BerType::kInteger);
  return content ? ber_integer(*content) : std::nullopt;
}

std::optional<std::uint64_t> BerReader::natural(BerType type) {
  auto content = octets(type);
  return content ? ber_natural(*content) : std::nullopt;
}

bool BerReader::oid(OidBuffer& into) {
  auto content = octets(BerType::kOid);
  return content && ber_oid(*content, into);
}

std::optional<std::int64_t> ber_integer(std::string_view content) {
  if (content.empty() || content.size() > 8) return std::nullopt;
  std::uint64_t value = (byte_of(content[0]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (char c : content) value = (value << 8) | byte_of(c);
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> ber_natural(std::string_view content) {
  if (content.empty() || content.size() > 9 || (content.size() == 9 && content[0] != 0)) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : content) value = (value << 8) | byte_of(c);
  return value;
}

bool ber_oid(std::string_view content, OidBuffer& into) {
  into.size = 0;
  if (content.empty()) return false;
  std::uint64_t id = 0;
  for (char c : content) {
    id = (id << 7) | (byte_of(c) & 0x7f);
    if (id > 0xffffffffU + 80ULL) return false;
    if ((byte_of(c) & 0x80) != 0) continue;
    if (into.size == 0) {  // the first two share one: 40 * first + second
      auto first = std::min<std::uint64_t>(id / 40, 2);
      into.ids[into.size++] = static_cast<std::uint32_t>(first);
      id -= 40 * first;
    }
    if (into.size == kMostSubIds || id > 0xffffffffU) return false;
    into.ids[into.size++] = static_cast<std::uint32_t>(id);
    id = 0;
  }
  return (byte_of(content.back()) & 0x80) == 0;
}

std::optional<double> ber_opaque_number(std::string_view content) {
  // A tag of two octets, 0x9f and 0x78 (float) or 0x79 (double), then the length and IEEE 754 in network order.
  auto read = [content]<class Bits>(Bits bits) -> std::optional<Bits> {
    if (content.size() != 3 + sizeof(bits) || byte_of(content[2]) != sizeof(bits)) return std::nullopt;
    for (char c : content.substr(3)) bits = static_cast<Bits>((bits << 8) | byte_of(c));
    return bits;
  };
  if (content.size() < 3 || byte_of(content[0]) != 0x9f) return std::nullopt;
  if (byte_of(content[1]) == 0x78)
    if (auto bits = read(std::uint32_t{0})) return std::bit_cast<float>(*bits);
  if (byte_of(content[1]) == 0x79)
    if (auto bits = read(std::uint64_t{0})) return std::bit_cast<double>(*bits);
  return std::nullopt;
}

bool BerWriter::note(int ok) {
  if (ok == 0) failed_ = true;
  return !failed_;
}

bool BerWriter::integer(std::int64_t value) {
  auto* at = buffer_.data();
  auto room = buffer_.size();
  long number = value;
  return note(asn_realloc_rbuild_int(&at, &room, &offset_, 0, ASN_INTEGER, &number, sizeof(number)));
}

bool BerWriter::octets(std::string_view bytes) {
  auto* at = buffer_.data();
  auto room = buffer_.size();
  auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  return note(asn_realloc_rbuild_string(&at, &room, &offset_, 0, ASN_OCTET_STR, from, bytes.size()));
}

bool BerWriter::oid(OidView oid) {
  std::array<::oid, MAX_OID_LEN> ids;
  auto count = std::min(oid.size(), ids.size());
  std::copy_n(oid.begin(), count, ids.begin());
  auto* at = buffer_.data();
  auto room = buffer_.size();
  return note(asn_realloc_rbuild_objid(&at, &room, &offset_, 0, ASN_OBJECT_ID, ids.data(), count));
}

bool BerWriter::null() {
  auto* at = buffer_.data();
  auto room = buffer_.size();
  return note(asn_realloc_rbuild_null(&at, &room, &offset_, 0, ASN_NULL));
}

bool BerWriter::wrap(BerType type, std::size_t from) {
  auto* at = buffer_.data();
  auto room = buffer_.size();
  return note(asn_realloc_rbuild_header(&at, &room, &offset_, 0, std::to_underlying(type), offset_ - from));
}

std::string_view BerWriter::bytes() const {
  return {reinterpret_cast<const char*>(buffer_.data()) + buffer_.size() - offset_, offset_};
}

}  // namespace holter::net
