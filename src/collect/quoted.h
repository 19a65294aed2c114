#pragma once

#include <string>
#include <string_view>

namespace holter::collect {

/// The text in double quotes, with a backslash before quotes and backslashes: a quoted string of IMAP (RFC 3501,
/// section 4.3), and texts as net-snmp prints them.
inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace holter::collect
