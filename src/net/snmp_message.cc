#include "net/snmp_message.h"

#include <array>
#include <ranges>

#include <fmt/format.h>

namespace holter::net {
namespace {

Error torn(std::string_view what) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot read the answer: {}", what)};
}

}  // namespace

std::string snmp_status_name(std::int64_t status) {
  static constexpr std::array<std::string_view, 19> kNames = {"noError",
                                                              "tooBig",
                                                              "noSuchName",
                                                              "badValue",
                                                              "readOnly",
                                                              "genErr",
                                                              "noAccess",
                                                              "wrongType",
                                                              "wrongLength",
                                                              "wrongEncoding",
                                                              "wrongValue",
                                                              "noCreation",
                                                              "inconsistentValue",
                                                              "resourceUnavailable",
                                                              "commitFailed",
                                                              "undoFailed",
                                                              "authorizationError",
                                                              "notWritable",
                                                              "inconsistentName"};
  if (status >= 0 && static_cast<std::size_t>(status) < kNames.size())
    return std::string(kNames[static_cast<std::size_t>(status)]);
  return fmt::format("error {}", status);
}

void write_pdu(BerWriter& writer, const SnmpRequest& request, std::int32_t id) {
  auto end = writer.size();
  for (const auto& name : std::views::reverse(request.names)) {
    auto binding = writer.size();
    writer.null();
    writer.oid(name);
    writer.wrap(BerType::kSequence, binding);
  }
  writer.wrap(BerType::kSequence, end);
  writer.integer(request.kind == BerType::kGetBulk ? request.max_repetitions : 0);  // else error-index
  writer.integer(0);                                                                // error-status, or non-repeaters
  writer.integer(id);
  writer.wrap(request.kind, end);
}

Result<std::string> write_community_message(SnmpVersion version, std::string_view community, const SnmpRequest& request,
                                            std::int32_t id) {
  BerWriter writer;
  write_pdu(writer, request, id);
  writer.octets(community);
  writer.integer(std::to_underlying(version));
  writer.wrap(BerType::kSequence);
  if (writer.failed())
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot ask: the request has more than {} bytes", BerWriter::kMostBytes));
  return std::string(writer.bytes());
}

Result<SnmpLabel> read_label(std::string_view datagram) {
  auto message = BerReader(datagram).constructed(BerType::kSequence);
  if (!message) return torn("this is not SNMP");
  auto version = message->integer();
  if (!version) return torn("it has no version");
  if (*version == std::to_underlying(SnmpVersion::kV3)) {
    auto header = message->constructed(BerType::kSequence);
    auto id = header ? header->integer() : std::nullopt;
    if (!id) return torn("it has no msgID");
    return SnmpLabel{SnmpVersion::kV3, *id};
  }
  if (*version != std::to_underlying(SnmpVersion::kV1) && *version != std::to_underlying(SnmpVersion::kV2c))
    return torn(fmt::format("unknown version {}", *version));
  TRY(auto pdu, read_community_message(datagram));
  return SnmpLabel{static_cast<SnmpVersion>(*version), pdu.id};
}

Result<SnmpPdu> read_community_message(std::string_view datagram) {
  auto message = BerReader(datagram).constructed(BerType::kSequence);
  if (!message || !message->integer()) return torn("this is not SNMP");
  if (!message->octets(BerType::kOctets)) return torn("it has no community");
  return read_pdu(*message);
}

Result<SnmpPdu> read_pdu(BerReader& reader) {
  SnmpPdu pdu;
  if (!reader.next_is(BerType::kResponse) && !reader.next_is(BerType::kReport)) return torn("it is no response");
  pdu.kind = reader.next_is(BerType::kReport) ? BerType::kReport : BerType::kResponse;
  auto inside = reader.constructed(pdu.kind);
  if (!inside) return torn("its PDU is torn");
  auto id = inside->integer();
  auto status = inside->integer();
  auto index = inside->integer();
  auto bindings = inside->constructed(BerType::kSequence);
  if (!id || !status || !index || !bindings) return torn("its PDU is torn");
  pdu.id = *id;
  pdu.status = *status;
  pdu.index = *index;
  pdu.bindings = *bindings;
  return pdu;
}

Result<bool> next_binding(SnmpPdu& pdu, SnmpBinding& into) {
  if (pdu.bindings.empty()) return false;
  auto pair = pdu.bindings.constructed(BerType::kSequence);
  if (!pair || !pair->oid(into.name)) return torn("a binding has no name");
  auto value = pair->element();
  if (!value) return torn(fmt::format("the value of {} is torn", oid_text(into.name.view())));
  into.type = value->type;
  into.content = value->content;
  return true;
}

}  // namespace holter::net
