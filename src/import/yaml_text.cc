#include "import/yaml_text.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cctype>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::imports {
namespace {

bool is_plain(std::string_view text) {
  auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/'; };
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) && std::ranges::all_of(text, plain) &&
         text != "null";
}

/// May the character stand in a YAML file (YAML 1.1, section 5.1: c-printable)? JSON's are escaped by then.
bool is_printable(std::string_view sequence) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) != 0x7F;
  if (sequence.size() == 2) return byte(0) != 0xC2 || byte(1) >= 0xA0;  // U+0080 to U+009F
  if (sequence == "\xEF\xBB\xBF" || sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9") return false;
  return sequence != "\xEF\xBF\xBE" && sequence != "\xEF\xBF\xBF";
}

unsigned code_point(std::string_view s) {
  auto low = [&](std::size_t i) { return static_cast<unsigned>(s[i]) & 0x3FU; };
  auto first = static_cast<unsigned char>(s[0]);
  if (s.size() == 2) return (first & 0x1FU) << 6 | low(1);
  if (s.size() == 3) return (first & 0x0FU) << 12 | low(1) << 6 | low(2);
  return first;
}

}  // namespace

std::string quoted(std::string_view text) {
  auto json = boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
  std::string out;
  for (std::string_view rest = json; !rest.empty();) {
    auto size = std::max<std::size_t>(1, utf8_sequence(rest));
    auto sequence = rest.substr(0, size);
    rest.remove_prefix(size);
    if (is_printable(sequence))
      out += sequence;
    else
      out += fmt::format("\\u{:04X}", code_point(sequence));
  }
  return out;
}

std::string yaml_scalar(std::string_view text) {
  return is_plain(text) ? std::string(text) : quoted(text);
}

}  // namespace holter::imports
