#include <cstddef>
#include <cstdint>

#include "collect/protocols/snmp/value.h"

/// A value of an agent, as every type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::collect;
  std::string_view content(reinterpret_cast<const char*>(data), size);
  for (std::uint8_t type : {0x02, 0x04, 0x05, 0x06, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x80, 0x99})
    for (auto form : {snmp::Form::kUsual, snmp::Form::kNumber, snmp::Form::kHex}) {
      RawTable table;
      table.reset(1);
      if (table.add_row()) (void)snmp::put_value(table, 0, type, content, form);
    }
  return 0;
}
