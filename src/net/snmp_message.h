#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/snmp_ber.h"
#include "net/snmp_oid.h"

namespace holter::net {

enum class SnmpVersion : std::uint8_t { kV1 = 0, kV2c = 1, kV3 = 3 };

/// What an agent is asked.
struct SnmpRequest {
  BerType kind = BerType::kGet;  ///< kGet, kGetNext, kGetBulk
  std::span<const Oid> names;
  std::uint32_t max_repetitions = 0;  ///< of kGetBulk
};

/// Error statuses (RFC 3416, section 3) that are looked at.
enum class SnmpStatus : std::uint8_t { kNoError = 0, kTooBig = 1, kNoSuchName = 2, kGenErr = 5 };
/// "tooBig", "genErr"..., or the number.
std::string snmp_status_name(std::int64_t status);

/// The PDU of a reply: a view of the bytes that it was read from.
struct SnmpPdu {
  BerType kind = BerType::kResponse;  ///< kResponse, kReport
  std::int64_t id = 0;
  std::int64_t status = 0;  ///< error-status
  std::int64_t index = 0;   ///< error-index: which of the names, from 1
  BerReader bindings;       ///< read by next_binding()
};

/// A name and its value, in a reply.
struct SnmpBinding {
  OidBuffer name;
  std::uint8_t type = 0;     ///< a BerType, or what the agent made up
  std::string_view content;  ///< octets of the value
};

/// Puts the PDU of a request in front of what the writer has. `writer.failed()` when it has no room.
void write_pdu(BerWriter& writer, const SnmpRequest& request, std::int32_t id);
/// A message of version 1 or 2c (RFC 1157, RFC 1901). Errors: kTooLarge.
Result<std::string> write_community_message(SnmpVersion version, std::string_view community, const SnmpRequest& request,
                                            std::int32_t id);

/// What a datagram says of itself before it is believed: the version, and the id of the request that it answers
/// (msgID in version 3). Errors: kProtocolViolation.
struct SnmpLabel {
  SnmpVersion version;
  std::int64_t id;
};
Result<SnmpLabel> read_label(std::string_view datagram);

/// The PDU of a message of version 1 or 2c. Errors: kProtocolViolation.
Result<SnmpPdu> read_community_message(std::string_view datagram);
/// The PDU that comes next in `reader`. Errors: kProtocolViolation.
Result<SnmpPdu> read_pdu(BerReader& reader);
/// Takes the next binding. False at the end. Errors: kProtocolViolation.
Result<bool> next_binding(SnmpPdu& pdu, SnmpBinding& into);

}  // namespace holter::net
