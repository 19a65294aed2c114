#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/snmp_oid.h"

namespace holter::collect::snmp {

/// A value as an agent sent it.
struct Binding {
  net::Oid name;
  std::uint8_t type = 0;
  std::string content;
};

/// A line as `snmpwalk -On` prints it: `.1.3.6.1.2.1.1.5.0 = STRING: "name"`.
std::string write_binding(net::OidView name, std::uint8_t type, std::string_view content);

inline constexpr std::size_t kMostBindings = 200'000;

/// Lines of that form, in any order; also with names of numbers (`up(1)`), strings and hexadecimal digits over several
/// lines, and what snmpwalk says of objects that are not there, which is left out. Sorted by name; of several of one
/// name, the last counts. Errors: kInvalidArgument, with the line; kTooLarge for more than kMostBindings.
Result<std::vector<Binding>> read_bindings(std::string_view text);

}  // namespace holter::collect::snmp
