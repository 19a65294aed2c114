#include "collect/protocols/snmp/value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <iconv.h>

#include "net/snmp_ber.h"
#include "net/snmp_oid.h"

namespace holter::collect::snmp {
namespace {

using net::BerType;

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}
bool is_ascii_text(char c) {
  return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/// Length of the UTF-8 sequence at the beginning of `text`, 0 when it is none (RFC 3629) or a control character.
std::size_t utf8_length(std::string_view text) {
  if (is_ascii_text(text[0])) return 1;
  auto first = byte_of(text[0]);
  std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                       : (first & 0xf0) == 0xe0         ? 3
                       : first >= 0xf0 && first <= 0xf4 ? 4
                                                        : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_of(text[i]) & 0xc0) != 0x80) return 0;
  auto second = byte_of(text[1]);
  bool out = (first == 0xc2 && second < 0xa0) || (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
             (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return out ? 0 : length;
}
/// The same of GB 2312: two octets, rows 1 to 87 (of which 10 to 15 are empty).
std::size_t gb2312_length(std::string_view text) {
  if (is_ascii_text(text[0])) return 1;
  auto row = byte_of(text[0]);
  if (row < 0xa1 || row > 0xf7 || (row > 0xa9 && row < 0xb0) || text.size() < 2) return 0;
  return byte_of(text[1]) >= 0xa1 && byte_of(text[1]) <= 0xfe ? 2 : 0;
}
template <class Length>
bool is_text(std::string_view text, Length length) {
  while (!text.empty()) {
    auto step = length(text);
    if (step == 0) return false;
    text.remove_prefix(step);
  }
  return true;
}

/// Six octets may be a hardware address by which no rule of text is broken: one in 250 would pass for UTF-8, and more
/// for GB 2312. So of these, only names as people give them are text: Latin letters and digits, common Chinese.
std::size_t latin_or_chinese_length(std::string_view text) {
  auto first = byte_of(text[0]);
  bool plain = (first >= '0' && first <= '9') || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') ||
               std::string_view(" -_.").find(text[0]) != std::string_view::npos;
  bool letter = (first >= 0xc3 && first <= 0xc9) || (first >= 0xe4 && first <= 0xe9);
  return plain ? 1 : letter ? utf8_length(text) : 0;
}
/// The 3,755 characters of GB 2312's first level.
std::size_t common_gb2312_length(std::string_view text) {
  auto row = byte_of(text[0]);
  return row >= 0xb0 && row <= 0xd7 ? gb2312_length(text) : 0;
}

std::optional<std::string> from_gb2312(std::string_view text) {
  auto converter = ::iconv_open("UTF-8", "GBK");
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string in(text), out(text.size() * 2, '\0');  // two octets become three
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  bool ok = ::iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
  ::iconv_close(converter);
  if (!ok) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

/// DateAndTime of RFC 2579.
std::optional<std::string> date_text(std::string_view o) {
  if (o.size() != 8 && o.size() != 11) return std::nullopt;
  auto n = [o](std::size_t i) { return static_cast<unsigned>(byte_of(o[i])); };
  auto year = 256 * n(0) + n(1);
  if (year < 1900 || year > 2200 || n(2) < 1 || n(2) > 12 || n(3) < 1 || n(3) > 31 || n(4) > 23 || n(5) > 59 ||
      n(6) > 60 || n(7) > 9)
    return std::nullopt;
  auto text = fmt::format("{:04}-{:02}-{:02},{:02}:{:02}:{:02}.{}", year, n(2), n(3), n(4), n(5), n(6), n(7));
  if (o.size() == 8) return text;
  if ((o[8] != '+' && o[8] != '-') || n(9) > 14 || n(10) > 59) return std::nullopt;
  return text + fmt::format(" {}{:02}:{:02}", o[8], n(9), n(10));
}

}  // namespace

std::string ticks_text(std::uint64_t hundredths) {
  auto s = hundredths / 100;
  const std::pair<std::uint64_t, std::string_view> parts[] = {
      {s / 86'400, "day"}, {s / 3600 % 24, "hour"}, {s / 60 % 60, "minute"}, {s % 60, "second"}};
  std::string text;
  for (auto [count, unit] : parts)
    if (count != 0) text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, unit, count == 1 ? "" : "s");
  return text.empty() ? "0 seconds" : text;
}

std::string hex_text(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(3 * octets.size());
  for (char c : octets) {
    if (!text.empty()) text += ':';
    text += kDigits[byte_of(c) >> 4];
    text += kDigits[byte_of(c) & 15];
  }
  return text;
}

std::string octets_text(std::string_view octets) {
  auto text = octets;
  while (text.ends_with('\0')) text.remove_suffix(1);
  // Only zeros are no empty text, but bits that are not set.
  bool may_be_text = !text.empty() || octets.empty();
  if (may_be_text && std::ranges::all_of(text, is_ascii_text)) return std::string(text);
  bool may_be_address = octets.size() == 6;
  if (may_be_text && is_text(text, may_be_address ? latin_or_chinese_length : utf8_length)) return std::string(text);
  if (may_be_text && is_text(text, may_be_address ? common_gb2312_length : gb2312_length))
    if (auto decoded = from_gb2312(text)) return *decoded;
  if (auto date = date_text(octets)) return *date;
  return hex_text(octets);
}

bool put_value(RawTable& table, std::size_t column, std::uint8_t type, std::string_view content, Form form) {
  auto number = [&](std::uint64_t value) {
    if (std::in_range<std::int64_t>(value)) {
      table.set(column, static_cast<std::int64_t>(value));
      return true;
    }
    return table.set(column, std::string_view(std::to_string(value)));
  };
  switch (static_cast<BerType>(type)) {
    case BerType::kInteger:
      if (auto value = net::ber_integer(content)) table.set(column, *value);
      return true;
    case BerType::kCounter:
    case BerType::kGauge:
    case BerType::kCounter64:
      if (auto value = net::ber_natural(content)) return number(*value);
      return true;
    case BerType::kTimeTicks: {
      auto value = net::ber_natural(content);
      if (!value) return true;
      return form == Form::kNumber ? number(*value) : table.set(column, std::string_view(ticks_text(*value)));
    }
    case BerType::kOid: {
      net::OidBuffer oid;
      return !net::ber_oid(content, oid) || table.set(column, std::string_view(net::oid_text(oid.view())));
    }
    case BerType::kIpAddress:
      if (content.size() == 4)
        return table.set(column, std::string_view(fmt::format("{}.{}.{}.{}", byte_of(content[0]), byte_of(content[1]),
                                                              byte_of(content[2]), byte_of(content[3]))));
      return table.set(column, std::string_view(hex_text(content)));
    case BerType::kOpaque:
      if (auto value = net::ber_opaque_number(content)) {
        if (std::isfinite(*value)) table.set(column, *value);
        return true;
      }
      return table.set(column, std::string_view(hex_text(content)));
    case BerType::kOctets:
      return table.set(column, std::string_view(form == Form::kHex ? hex_text(content) : octets_text(content)));
    default:
      break;
  }
  // Null, noSuchObject, noSuchInstance, endOfMibView: nothing is there.
  return true;
}

}  // namespace holter::collect::snmp
