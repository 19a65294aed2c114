#include "collect/protocols/snmp/record.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/hex.h"
#include "collect/quoted.h"
#include "collect/stream_probe.h"
#include "net/snmp_ber.h"

namespace holter::collect::snmp {
namespace {

using net::BerType;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}
std::string hex_pairs(std::string_view bytes) {
  std::string out;
  for (char c : bytes) out += fmt::format("{:02X} ", static_cast<unsigned char>(c));
  return out;
}

std::string value_text(std::uint8_t type, std::string_view content) {
  switch (static_cast<BerType>(type)) {
    case BerType::kInteger:
      if (auto value = net::ber_integer(content)) return fmt::format("INTEGER: {}", *value);
      break;
    case BerType::kCounter:
    case BerType::kGauge:
    case BerType::kTimeTicks:
    case BerType::kCounter64: {
      auto value = net::ber_natural(content);
      if (!value) break;
      if (type == std::to_underlying(BerType::kTimeTicks)) return fmt::format("Timeticks: ({})", *value);
      auto name = type == std::to_underlying(BerType::kCounter) ? "Counter32"
                  : type == std::to_underlying(BerType::kGauge) ? "Gauge32"
                                                                : "Counter64";
      return fmt::format("{}: {}", name, *value);
    }
    case BerType::kOid: {
      net::OidBuffer oid;
      if (net::ber_oid(content, oid)) return fmt::format("OID: .{}", net::oid_text(oid.view()));
      break;
    }
    case BerType::kIpAddress:
      if (content.size() == 4)
        return fmt::format("IpAddress: {}.{}.{}.{}", static_cast<std::uint8_t>(content[0]),
                           static_cast<std::uint8_t>(content[1]), static_cast<std::uint8_t>(content[2]),
                           static_cast<std::uint8_t>(content[3]));
      break;
    case BerType::kOctets:
      return is_plain(content) ? "STRING: " + quoted(content) : "Hex-STRING: " + hex_pairs(content);
    case BerType::kOpaque:
      if (auto value = net::ber_opaque_number(content)) return fmt::format("Opaque: Float: {}", *value);
      break;
    default:
      return "NULL";
  }
  return "OPAQUE: " + hex_pairs(content);
}

/// A number in the shortest two's complement, as an agent sends it.
std::string number_content(std::uint64_t bits, bool negative) {
  std::string content;
  auto fill = negative ? '\xff' : '\0';
  for (int shift = 56; shift >= 0; shift -= 8) {
    auto octet = static_cast<char>(bits >> shift);
    if (!content.empty() || octet != fill || shift == 0) content += octet;
  }
  if (((content[0] & 0x80) != 0) != negative) content.insert(content.begin(), fill);
  return content;
}
std::string oid_content(net::OidView oid) {
  std::string content;
  auto put = [&content](std::uint64_t id) {
    std::string octets(1, static_cast<char>(id & 0x7f));
    for (id >>= 7; id != 0; id >>= 7) octets.insert(octets.begin(), static_cast<char>((id & 0x7f) | 0x80));
    content += octets;
  };
  put(40 * std::uint64_t{oid[0]} + oid[1]);
  for (auto id : oid.subspan(2)) put(id);
  return content;
}

template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  Number value{};
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc()) return std::nullopt;
  return value;
}
std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<Binding>> run() {
    std::map<net::Oid, Binding> found;  // in the order of a walk
    while (!text_.empty()) {
      auto line = take_line();
      if (trim(line).empty() || line.starts_with('#')) continue;
      auto equals = line.find(" = ");
      if (equals == std::string_view::npos) {
        if (!line.ends_with(" =")) return bad("there is no ' = '", line);
        equals = line.size() - 2;
      }
      Binding binding;
      TRY(binding.name, name_of(trim(line.substr(0, equals))));
      auto value = line.size() >= equals + 3 ? line.substr(equals + 3) : std::string_view();
      TRY(bool there, read_value(trim_start(value), binding));
      if (!there) continue;
      if (found.size() == kMostBindings)
        return Error(ErrorCode::kTooLarge, fmt::format("cannot read the answer: more than {} lines", kMostBindings));
      auto name = binding.name;
      found.insert_or_assign(std::move(name), std::move(binding));
    }
    std::vector<Binding> sorted;
    for (auto& [name, binding] : found) sorted.push_back(std::move(binding));
    return sorted;
  }

 private:
  std::string_view take_line() {
    ++line_;
    return next_line(text_);
  }
  static std::string_view trim_start(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text;
  }
  Error bad(std::string_view why, std::string_view what) const {
    return {ErrorCode::kInvalidArgument,
            fmt::format("cannot read the answer: line {}: {}: '{}'", line_, why, excerpt(what))};
  }
  Result<net::Oid> name_of(std::string_view text) const {
    auto dotted = text.starts_with("iso.") ? "1." + std::string(text.substr(4)) : std::string(text);
    auto oid = net::parse_oid(dotted);
    if (!oid) return bad("this is no OID of numbers (snmpwalk -On prints such)", text);
    return std::move(*oid);
  }

  /// False when the line says that there is no value.
  Result<bool> read_value(std::string_view text, Binding& into) {
    constexpr std::string_view kWrongType = "Wrong Type (";
    if (text.starts_with(kWrongType))  // what snmpwalk thinks of it does not matter
      if (auto end = text.find("): "); end != std::string_view::npos) text.remove_prefix(end + 3);
    if (text.starts_with("No Such ") || text.starts_with("No more variables") || text == "NULL") return false;
    auto set = [&into](BerType type, std::string content) {
      into.type = std::to_underlying(type);
      into.content = std::move(content);
      return true;
    };
    if (text.starts_with('"')) {  // a string without a type: an empty one
      TRY(auto string, read_string(text));
      return set(BerType::kOctets, std::move(string));
    }
    auto colon = text.find(": ");
    auto type = text.substr(0, colon == std::string_view::npos ? text.find(':') : colon);
    auto value = trim_start(text.substr(std::min(text.size(), type.size() + 1)));
    if (type == "STRING") {
      TRY(auto string, read_string(value));
      return set(BerType::kOctets, std::move(string));
    }
    if (type == "Hex-STRING" || type == "BITS" || type == "OPAQUE") {
      TRY(auto bytes, read_hex(value));
      return set(type == "OPAQUE" ? BerType::kOpaque : BerType::kOctets, std::move(bytes));
    }
    value = trim(value);
    if (type == "INTEGER") {
      auto number = leading_number<std::int64_t>(in_parentheses(value));
      if (!number) return bad("this is no number", value);
      return set(BerType::kInteger, number_content(static_cast<std::uint64_t>(*number), *number < 0));
    }
    if (auto natural = natural_type(type)) {
      auto number = leading_number<std::uint64_t>(in_parentheses(value));
      if (!number) return bad("this is no number", value);
      return set(*natural, number_content(*number, false));
    }
    if (type == "OID") {
      TRY(auto oid, name_of(value));
      return set(BerType::kOid, oid_content(oid));
    }
    if (type == "IpAddress" || type == "Network Address") return read_address(value, into);
    if (type == "Opaque") {
      auto number = leading_number<double>(trim(value.substr(std::min(value.size(), value.find(": ") + 2))));
      if (!number) return bad("this is no number", value);
      auto bits = std::bit_cast<std::uint64_t>(*number);
      std::string content = "\x9f\x79\x08";
      for (int shift = 56; shift >= 0; shift -= 8) content += static_cast<char>(bits >> shift);
      return set(BerType::kOpaque, std::move(content));
    }
    return bad("no such type is known", text);
  }

  static std::optional<BerType> natural_type(std::string_view type) {
    if (type == "Counter32") return BerType::kCounter;
    if (type == "Gauge32" || type == "Unsigned32" || type == "UInteger32") return BerType::kGauge;
    if (type == "Counter64") return BerType::kCounter64;
    if (type == "Timeticks") return BerType::kTimeTicks;
    return std::nullopt;
  }
  /// "up(1)" and "(148) 0:00:01.48" have the number in parentheses; "5" and "5 hours" have none.
  static std::string_view in_parentheses(std::string_view text) {
    auto open = text.find('(');
    return open == std::string_view::npos ? text : text.substr(open + 1);
  }

  Result<bool> read_address(std::string_view text, Binding& into) const {
    // "10.0.0.1"; as a Network Address "0A:00:00:01".
    int base = text.find(':') == std::string_view::npos ? 10 : 16;
    std::string content;
    while (content.size() < 4) {
      std::uint8_t octet = 0;
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), octet, base);
      if (failure != std::errc()) return bad("this is no address", text);
      content += static_cast<char>(octet);
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      if (!text.empty()) text.remove_prefix(1);
    }
    into.type = std::to_underlying(BerType::kIpAddress);
    into.content = std::move(content);
    return true;
  }

  /// In quotes, perhaps over several lines; or, as objects with a hint are printed, as it stands.
  Result<std::string> read_string(std::string_view text) {
    if (!text.starts_with('"')) return std::string(text);
    text.remove_prefix(1);
    std::string out;
    auto first = line_;
    while (true) {
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
          out += text[++i];
        else if (text[i] == '"')
          return out;
        else
          out += text[i];
      }
      if (text_.empty()) {
        line_ = first;
        return bad("the string has no end", out);
      }
      out += '\n';
      text = take_line();
    }
  }

  /// Pairs of digits, perhaps over several lines; what stands behind them (names of bits) is left out.
  Result<std::string> read_hex(std::string_view text) {
    std::string digits;
    bool more = true;
    while (more) {
      while (true) {
        text = trim(text);
        auto word = text.substr(0, text.find(' '));
        if (word.size() != 2 || word.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) break;
        digits += word;
        text.remove_prefix(2);
      }
      auto next = text_;
      auto line = next_line(next);
      auto words = trim(line);
      more = words.size() >= 2 && (words.size() == 2 || words[2] == ' ') &&
             words.find_first_not_of("0123456789abcdefABCDEF ") == std::string_view::npos;
      if (more) text = take_line();
    }
    return from_hex(digits, digits.size());
  }

  std::string_view text_;
  std::size_t line_ = 0;
};

}  // namespace

std::string write_binding(net::OidView name, std::uint8_t type, std::string_view content) {
  return fmt::format(".{} = {}\n", net::oid_text(name), value_text(type, content));
}

Result<std::vector<Binding>> read_bindings(std::string_view text) {
  return Reader(text).run();
}

}  // namespace holter::collect::snmp
