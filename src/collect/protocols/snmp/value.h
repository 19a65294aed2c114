#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collect/raw_table.h"

namespace holter::collect::snmp {

/// How a value becomes a cell: as its type says, or as the definition wants it.
enum class Form : std::uint8_t {
  kUsual,
  kNumber,  ///< "as number": TimeTicks in hundredths of a second
  kHex,     ///< "as hex": octets always in hexadecimal digits
};

/// Puts a value (its BER tag, and its octets) into a cell of the table's newest row; what says that there is no value
/// leaves the cell empty. False when the table is full.
[[nodiscard]] bool put_value(RawTable& table, std::size_t column, std::uint8_t type, std::string_view content,
                             Form form);

/// "12 days, 1 hour, 7 seconds" of hundredths of a second.
std::string ticks_text(std::uint64_t hundredths);

/// Octets as people read them: text (ASCII, UTF-8 or GB 2312, as Windows in Chinese sends it) without the zeros at its
/// end, a DateAndTime as "2026-11-30,03:58:05.0 +08:00" (RFC 2579), and all others as "00:1a:2b:ff". Six octets that
/// are not ASCII are a hardware address, unless they are a name in Latin letters or common Chinese characters.
std::string octets_text(std::string_view octets);
/// "00:1a:2b:ff".
std::string hex_text(std::string_view octets);

}  // namespace holter::collect::snmp
