#include <cstddef>
#include <cstdint>

#include "collect/protocols/snmp/record.h"

/// A recorded answer; what was read from it is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::collect::snmp;
  auto bindings = read_bindings({reinterpret_cast<const char*>(data), size});
  if (!bindings) return 0;
  std::string text;
  for (const auto& [name, type, content] : *bindings) text += write_binding(name, type, content);
  auto again = read_bindings(text);
  if (!again || again->size() != bindings->size()) __builtin_trap();
  for (std::size_t i = 0; i < again->size(); ++i)
    if ((*again)[i].name != (*bindings)[i].name || (*again)[i].type != (*bindings)[i].type) __builtin_trap();
  return 0;
}
