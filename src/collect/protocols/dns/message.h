#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::collect::dns {

/// A type or class by its name ("MX", "IN"), or as TYPE15, CLASS1 (RFC 3597), any case. Errors: kInvalidArgument.
Result<std::uint16_t> type_of(std::string_view text);
Result<std::uint16_t> class_of(std::string_view text);

/// A query with one question, recursion desired (RFC 1035). Errors: kInvalidArgument for what is no name.
Result<std::string> write_query(std::uint16_t id, std::string_view name, std::uint16_t type, std::uint16_t cls);

/// The records of one name, type and class, in the order of the first.
struct RecordSet {
  std::string name;  ///< with a dot at its end; special bytes as \ddd
  std::uint32_t ttl = 0;
  std::uint16_t type = 0, cls = 0;
  std::vector<std::string> values;
};

/// An answer. Records that are not sets of data (OPT) are counted, and not kept.
struct Message {
  std::uint16_t id = 0;
  std::string opcode, status, flags;  ///< "QUERY", "NOERROR", "qr rd ra "
  bool is_answer = false, truncated = false;
  std::uint16_t counts[4] = {};  ///< question, answer, authority, additional
  std::vector<RecordSet> sections[4];
};
inline constexpr std::size_t kMostRecords = 4096;

/// Errors: kProtocolViolation, naming the place, for what is cut short, points outside, or goes in circles.
Result<Message> parse_message(std::string_view bytes);

/// "{ example.org. 300 IN A [192.0.2.1] [192.0.2.2] }"
std::string text_of(const RecordSet& set);

}  // namespace holter::collect::dns
