#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holter::testing {

// A device of SNMP that is made up: its objects, and how it answers from them. Nothing here is shared with the code
// under test, and nothing but the language is needed: load generators of bench/ include it, too.

using SnmpName = std::vector<std::uint32_t>;

/// BER, element by element.
inline std::string ber(std::uint8_t type, std::string_view content) {
  std::string out(1, static_cast<char>(type));
  if (content.size() < 0x80) {
    out += static_cast<char>(content.size());
  } else if (content.size() < 0x100) {
    out += {static_cast<char>(0x81), static_cast<char>(content.size())};
  } else {
    out += {static_cast<char>(0x82), static_cast<char>(content.size() >> 8), static_cast<char>(content.size())};
  }
  return out.append(content);
}
/// Contents of integers (of naturals, too: a zero octet stands in front where the first bit is set).
inline std::string ber_number(std::int64_t value) {
  std::string content;
  bool more = true;
  while (more) {
    content.insert(content.begin(), static_cast<char>(value & 0xff));
    more = !(value >= -128 && value <= 127);
    value >>= 8;
  }
  return content;
}
inline std::string ber_name(const SnmpName& name) {
  std::string content(1, static_cast<char>(40 * name[0] + name[1]));
  for (std::size_t i = 2; i < name.size(); ++i) {
    std::string id(1, static_cast<char>(name[i] & 0x7f));
    for (auto rest = name[i] >> 7; rest != 0; rest >>= 7)
      id.insert(id.begin(), static_cast<char>((rest & 0x7f) | 0x80));
    content += id;
  }
  return content;
}

/// What an agent was asked.
struct SnmpQuestion {
  std::int64_t version = 0;
  std::string community;
  std::uint8_t kind = 0;  ///< 0xa0 Get, 0xa1 GetNext, 0xa5 GetBulk
  std::int64_t id = 0, non_repeaters = 0, repetitions = 0;
  std::vector<SnmpName> names;
};

class SnmpDevice {
 public:
  std::size_t most_bytes = 1400;  ///< of an answer's bindings

  void put(SnmpName name, std::uint8_t type, std::string_view content) {
    auto binding = ber(0x30, ber(6, ber_name(name)) + ber(type, content));
    auto at = std::ranges::lower_bound(objects_, name, {}, &Object::first);
    if (at != objects_.end() && at->first == name)
      at->second = std::move(binding);
    else
      objects_.emplace(at, std::move(name), std::move(binding));
  }
  void put(SnmpName name, std::string_view text) { put(std::move(name), 4, text); }
  void put(SnmpName name, std::int64_t value) { put(std::move(name), 2, ber_number(value)); }

  /// Of versions 1 and 2c.
  static std::optional<SnmpQuestion> read(std::string_view datagram) {
    SnmpQuestion question;
    auto message = take(datagram, 0x30);
    if (!message) return std::nullopt;
    auto version = take(*message, 2), community = take(*message, 4);
    if (!version || !community || message->empty()) return std::nullopt;
    question.version = number(*version);
    question.community = std::string(*community);
    question.kind = static_cast<std::uint8_t>(message->front());
    auto pdu = take(*message, question.kind);
    if (!pdu) return std::nullopt;
    auto id = take(*pdu, 2), first = take(*pdu, 2), second = take(*pdu, 2), list = take(*pdu, 0x30);
    if (!id || !first || !second || !list) return std::nullopt;
    question.id = number(*id);
    question.non_repeaters = number(*first);
    question.repetitions = number(*second);
    while (!list->empty()) {
      auto binding = take(*list, 0x30);
      auto name = binding ? take(*binding, 6) : std::nullopt;
      if (!name) return std::nullopt;
      question.names.push_back(read_name(*name));
    }
    return question;
  }

  static std::string message(const SnmpQuestion& question, std::int64_t status, std::int64_t index,
                             std::string_view bindings) {
    auto pdu = ber(0xa2, ber(2, ber_number(question.id)) + ber(2, ber_number(status)) + ber(2, ber_number(index)) +
                             ber(0x30, bindings));
    return ber(0x30, ber(2, ber_number(question.version)) + ber(4, question.community) + pdu);
  }
  /// An error: the names come back with it (RFC 3416, section 4.2.1).
  static std::string error(const SnmpQuestion& question, std::int64_t status, std::int64_t index) {
    std::string bindings;
    for (const auto& name : question.names) bindings += ber(0x30, ber(6, ber_name(name)) + ber(5, ""));
    return message(question, status, index, bindings);
  }

  std::string answer(const SnmpQuestion& question) const {
    constexpr std::int64_t kTooBig = 1, kNoSuchName = 2;
    std::string bindings;
    if (question.kind == 0xa5) return message(question, 0, 0, bulk(question));
    for (std::size_t i = 0; i < question.names.size(); ++i) {
      auto at = std::ranges::lower_bound(objects_, question.names[i], {}, &Object::first);
      bool same = at != objects_.end() && at->first == question.names[i];
      if (question.kind == 0xa1 && same) ++at;
      bool found = question.kind == 0xa1 ? at != objects_.end() : same;
      if (!found && question.version == 0) return error(question, kNoSuchName, static_cast<std::int64_t>(i) + 1);
      bindings += found ? at->second : nothing(question.names[i], question.kind == 0xa1 ? 0x82 : 0x80);
    }
    if (bindings.size() > most_bytes) return message(question, kTooBig, 0, "");
    return message(question, 0, 0, bindings);
  }

 private:
  using Object = std::pair<SnmpName, std::string>;  ///< the name, and its whole binding

  static std::string nothing(const SnmpName& name, std::uint8_t why) {
    return ber(0x30, ber(6, ber_name(name)) + ber(why, ""));
  }

  /// As many repetitions as have room; the last may be cut (RFC 3416, section 4.2.3).
  std::string bulk(const SnmpQuestion& question) const {
    std::string bindings;
    std::vector<std::vector<Object>::const_iterator> cursors;
    for (const auto& name : question.names)
      cursors.push_back(std::ranges::upper_bound(objects_, name, {}, &Object::first));
    std::vector<SnmpName> last = question.names;
    for (std::int64_t i = 0; i < question.repetitions; ++i)
      for (std::size_t c = 0; c < cursors.size(); ++c) {
        bool over = cursors[c] == objects_.end();
        auto binding = over ? nothing(last[c], 0x82) : cursors[c]->second;
        if (bindings.size() + binding.size() > most_bytes) return bindings;
        bindings += binding;
        if (over) continue;
        last[c] = cursors[c]->first;
        ++cursors[c];
      }
    return bindings;
  }

  static std::optional<std::string_view> take(std::string_view& from, std::uint8_t type) {
    if (from.size() < 2 || static_cast<std::uint8_t>(from[0]) != type) return std::nullopt;
    std::size_t length = static_cast<std::uint8_t>(from[1]), start = 2;
    if (length >= 0x80) {
      auto octets = length & 0x7f;
      if (octets > 2 || from.size() < 2 + octets) return std::nullopt;
      length = 0;
      for (; start < 2 + octets; ++start) length = (length << 8) | static_cast<std::uint8_t>(from[start]);
    }
    if (length > from.size() - start) return std::nullopt;
    auto content = from.substr(start, length);
    from.remove_prefix(start + length);
    return content;
  }
  static std::int64_t number(std::string_view content) {
    std::int64_t value = !content.empty() && (content[0] & 0x80) != 0 ? -1 : 0;
    for (char c : content) value = value * 256 + static_cast<std::uint8_t>(c);
    return value;
  }
  static SnmpName read_name(std::string_view content) {
    SnmpName name;
    std::uint32_t id = 0;
    for (char c : content) {
      id = (id << 7) | (static_cast<std::uint8_t>(c) & 0x7f);
      if ((c & 0x80) != 0) continue;
      if (name.empty()) {
        auto first = std::min<std::uint32_t>(id / 40, 2);
        name = {first, id - 40 * first};
      } else {
        name.push_back(id);
      }
      id = 0;
    }
    return name;
  }

  std::vector<Object> objects_;
};

}  // namespace holter::testing
