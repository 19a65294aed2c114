#include <cstddef>
#include <cstdint>
#include <string>

#include "net/snmp_message.h"
#include "net/snmp_usm.h"

namespace {

using namespace holter::net;

void use(SnmpPdu pdu) {
  (void)usm_report_of(pdu);
  SnmpBinding binding;
  while (true) {
    auto more = next_binding(pdu, binding);
    if (!more || !*more) return;
    if (binding.name.size > kMostSubIds) __builtin_trap();
    (void)oid_text(binding.name.view());
    (void)ber_integer(binding.content);
    (void)ber_natural(binding.content);
    (void)ber_opaque_number(binding.content);
  }
}

}  // namespace

/// All that a datagram goes through, of each version, with and without keys.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)read_label(text);
  if (auto pdu = read_community_message(text)) use(*pdu);
  auto message = usm_read(text);
  if (!message) return 0;
  for (auto privacy : {UsmPrivacy::kNone, UsmPrivacy::kDes, UsmPrivacy::kAes256}) {
    UsmUser user{.name = "ann", .auth = UsmAuth::kSha1, .privacy = privacy};
    UsmKeys keys{.auth = std::string(20, 'a'), .privacy = std::string(privacy == UsmPrivacy::kDes ? 16 : 32, 'p')};
    (void)usm_is_authentic(*message, text, user, keys);
    std::string plain;
    if (auto pdu = usm_open(*message, user, keys, plain)) use(*pdu);
  }
  return 0;
}
